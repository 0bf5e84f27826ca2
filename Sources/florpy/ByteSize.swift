import ArgumentParser

/// A number of bytes as it is said on the command line: `500MB`, `1.5GB`, `4GiB`, `1000000`.
struct ByteSize: ExpressibleByArgument {
  let count: Int

  private static let units: [(name: String, byteCount: Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6),
    ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
  ]

  init?(argument: String) {
    guard let unit = Self.units.first(where: { argument.hasSuffix($0.name) }),
      let number = Double(argument.dropLast(unit.name.count)), number > 0, number * unit.byteCount < 0x1p62
    else { return nil }
    count = Int(number * unit.byteCount)
  }
}
