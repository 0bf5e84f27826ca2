import ArgumentParser

/// What recording may cost: a share of the run's time, or anything.
struct AllowedOverhead: ExpressibleByArgument {
  /// Between 0 and 1; nil: unlimited.
  let share: Double?
  /// Where the user has said nothing, recording is thrifty with it.
  let isDefault: Bool

  static let `default` = AllowedOverhead(share: 1.0 / 15, isDefault: true)

  private init(share: Double?, isDefault: Bool) {
    (self.share, self.isDefault) = (share, isDefault)
  }

  init?(argument: String) {
    if argument == "unlimited" {
      self.init(share: nil, isDefault: false)
    } else if let share = Double(argument), share > 0, share < 1 {
      self.init(share: share, isDefault: false)
    } else {
      return nil
    }
  }

  /// Only of `default`.
  var defaultValueDescription: String { "1/15, and thrifty with it: some 0.4 % of a long run" }
}
