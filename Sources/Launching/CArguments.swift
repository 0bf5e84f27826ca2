import CProcess
import Glibc

/// A null-terminated list of C strings, as exec takes it; bytes, since neither paths nor arguments need be UTF-8.
struct CArguments: ~Copyable {
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [[UInt8]]) {
    pointer = .allocate(capacity: strings.count + 1)
    count = strings.count
    for (index, string) in strings.enumerated() {
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
      for (place, byte) in string.enumerated() { copy[place] = CChar(bitPattern: byte) }
      copy[string.count] = 0
      pointer[index] = copy
    }
    pointer[strings.count] = nil
  }

  deinit {
    for index in 0..<count { pointer[index]?.deallocate() }
    pointer.deallocate()
  }

  /// This process's environment, with variables set.
  static func environment(setting variables: [(name: String, value: String)] = []) -> CArguments {
    let set = variables.map { Array("\($0.name)=".utf8) }
    var entries: [[UInt8]] = []
    var next = process_environment()
    while let entry = next.pointee {
      let bytes = Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
      if !set.contains(where: bytes.starts(with:)) { entries.append(bytes) }
      next += 1
    }
    return CArguments(entries + zip(set, variables).map { $0 + Array($1.value.utf8) })
  }
}
