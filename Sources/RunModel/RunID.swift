import Glibc

/// The name of a run and of its folder: `YYYYMMDD-HHMMSS-fffrrr`, in UTC; fff counts 4096ths of a second and rrr is random, in hex.
/// Later runs sort later, also within a second.
public struct RunID: Hashable, Sendable {
  public let text: String

  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 8, parts[1].count == 6, parts[2].count == 6,
      parts[0].utf8.allSatisfy(Self.isDecimal), parts[1].utf8.allSatisfy(Self.isDecimal),
      parts[2].utf8.allSatisfy({ Self.isDecimal($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) })
    else { return nil }
    self.text = String(text)
  }

  /// The run that begins `nanoseconds` after `secondsSince1970`; of `random` the low 12 bits are used.
  public init(secondsSince1970: Int, nanoseconds: Int, random: UInt32) {
    precondition((0..<1_000_000_000).contains(nanoseconds), "Nanoseconds are what is left of a whole second.")
    let moment = CivilTime(secondsSince1970: secondsSince1970)
    let date = Self.padded(moment.year, 4) + Self.padded(moment.month, 2) + Self.padded(moment.day, 2)
    let time = Self.padded(moment.hour, 2) + Self.padded(moment.minute, 2) + Self.padded(moment.second, 2)
    let fraction = Self.padded(nanoseconds * 4096 / 1_000_000_000, 3, radix: 16)
    text = "\(date)-\(time)-\(fraction)\(Self.padded(Int(random & 0xFFF), 3, radix: 16))"
  }

  /// That of a run that begins at this moment.
  public static func now() -> RunID {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return RunID(secondsSince1970: now.tv_sec, nanoseconds: now.tv_nsec, random: .random(in: 0...UInt32.max))
  }

  private static func isDecimal(_ digit: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) }

  private static func padded(_ number: Int, _ width: Int, radix: Int = 10) -> String {
    let digits = String(number, radix: radix)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension RunID: Comparable {
  public static func < (one: RunID, other: RunID) -> Bool { one.text < other.text }
}

extension RunID: CustomStringConvertible {
  public var description: String { text }
}

extension RunID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let run = RunID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "`\(text)` is no run's name")
    }
    self = run
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A moment in the Gregorian calendar, UTC, without leap seconds.
public struct CivilTime: Hashable, Sendable {
  public let year, month, day, hour, minute, second: Int

  /// Howard Hinnant's `civil_from_days`: years are counted from March, in eras of 400 years.
  public init(secondsSince1970: Int) {
    let days = (Double(secondsSince1970) / 86_400).rounded(.down)
    let ofDay = secondsSince1970 - Int(days) * 86_400
    let fromMarchOfYear0 = Int(days) + 719_468
    let era = (fromMarchOfYear0 >= 0 ? fromMarchOfYear0 : fromMarchOfYear0 - 146_096) / 146_097
    let dayOfEra = fromMarchOfYear0 - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    (hour, minute, second) = (ofDay / 3600, ofDay / 60 % 60, ofDay % 60)
  }
}
