/// The calls that the store makes: the seam where tests make them fail.
public protocol FileSystem: Sendable {
  func open(_ path: String, for purpose: FilePurpose) throws(ErrorNumber) -> Int32
  func close(_ descriptor: Int32) throws(ErrorNumber)
  /// May write less than it was given.
  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ErrorNumber) -> Int
  /// May read less than there is room for; 0 is the end of the file.
  func read(into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int) throws(ErrorNumber) -> Int
  func synchronize(_ descriptor: Int32) throws(ErrorNumber)
  /// Has the system bring what was written in `range` to the device now, and waits for that if told to. No promise that it
  /// outlives anything; what it throws is as final as a failed synchronization.
  func writeBack(_ descriptor: Int32, _ range: Range<Int>, waits: Bool) throws(ErrorNumber)
  func truncate(_ descriptor: Int32, to byteCount: Int) throws(ErrorNumber)
  func rename(_ path: String, to newPath: String) throws(ErrorNumber)
  /// Gives a file that is never written again a second name, which must not exist yet; or copies it, durably, where that cannot be.
  func share(_ path: String, as newPath: String) throws(ErrorNumber)
  func remove(_ path: String) throws(ErrorNumber)
  func makeDirectory(_ path: String) throws(ErrorNumber)
  /// Of an empty folder.
  func removeDirectory(_ path: String) throws(ErrorNumber)
  /// Of a folder, without `.` and `..`, in no order.
  func names(in path: String) throws(ErrorNumber) -> [String]
  /// Follows symbolic links.
  func status(of path: String) throws(ErrorNumber) -> FileStatus
  /// How much room there is for this user on the device that `path` lies on.
  func availableByteCount(at path: String) throws(ErrorNumber) -> Int
}

public enum FilePurpose: Hashable, Sendable {
  case reading
  /// The file must not exist yet.
  case creating
  /// The file is created, or emptied.
  case replacing
  case directory
}

public struct FileStatus: Hashable, Sendable {
  public var byteCount: Int
  public var isDirectory: Bool
  /// When the content, of a folder its list of names, was last changed: since 1970.
  public var modifiedNanoseconds: Int

  public init(byteCount: Int, isDirectory: Bool, modifiedNanoseconds: Int) {
    self.byteCount = byteCount
    self.isDirectory = isDirectory
    self.modifiedNanoseconds = modifiedNanoseconds
  }
}

extension FileSystem {
  public func share(_ path: String, as newPath: String) throws(ErrorNumber) { try copy(path, to: newPath) }

  func copy(_ path: String, to newPath: String) throws(ErrorNumber) {
    try withDescriptor(of: path, for: .reading) { source throws(ErrorNumber) in
      try withDescriptor(of: newPath, for: .creating) { target throws(ErrorNumber) in
        try pour(source, into: target)
        try synchronizeFully(target)
      }
    }
  }

  private func pour(_ source: Int32, into target: Int32) throws(ErrorNumber) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { chunk.deallocate() }
    var offset = 0
    while true {
      let count = try readAll(into: chunk, from: source, at: offset)
      if count == 0 { return }
      try writeAll(UnsafeRawBufferPointer(rebasing: chunk.prefix(count)), to: target)
      offset += count
    }
  }

  /// Opens, calls, closes. Where both the body and the closing fail, the body's error is the one that tells.
  public func withDescriptor<Result>(
    of path: String, for purpose: FilePurpose, _ body: (Int32) throws(ErrorNumber) -> Result
  ) throws(ErrorNumber) -> Result {
    let descriptor = try openFully(path, for: purpose)
    let result: Result
    do {
      result = try body(descriptor)
    } catch {
      try? close(descriptor)
      throw error
    }
    try close(descriptor)
    return result
  }

  public func openFully(_ path: String, for purpose: FilePurpose) throws(ErrorNumber) -> Int32 {
    try uninterrupted { () throws(ErrorNumber) in try open(path, for: purpose) }
  }

  public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ErrorNumber) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = try uninterrupted { () throws(ErrorNumber) in try write(part, to: descriptor) }
      guard count > 0 else { throw .inputOutput }
      rest = rest.dropFirst(count)
    }
  }

  public func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(ErrorNumber) {
    try bytes.withUnsafeBufferPointer { bytes throws(ErrorNumber) in
      try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor)
    }
  }

  /// Returns how many bytes there were: less than asked for only at the end of the file.
  public func readAll(
    into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int
  ) throws(ErrorNumber) -> Int {
    var count = 0
    while count < bytes.count {
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
      let position = offset + count
      let more = try uninterrupted { () throws(ErrorNumber) in try read(into: part, from: descriptor, at: position) }
      if more == 0 { break }
      count += more
    }
    return count
  }

  /// A failed synchronization is final (invariant 10); an interrupted one has not been tried.
  public func synchronizeFully(_ descriptor: Int32) throws(ErrorNumber) {
    try uninterrupted { () throws(ErrorNumber) in try synchronize(descriptor) }
  }

  public func writeBackFully(_ descriptor: Int32, _ range: Range<Int>, waits: Bool) throws(ErrorNumber) {
    try uninterrupted { () throws(ErrorNumber) in try writeBack(descriptor, range, waits: waits) }
  }

  public func synchronize(directory path: String) throws(ErrorNumber) {
    try withDescriptor(of: path, for: .directory) { descriptor throws(ErrorNumber) in try synchronizeFully(descriptor) }
  }

  public func makeDirectoryIfMissing(_ path: String) throws(ErrorNumber) {
    do {
      try makeDirectory(path)
    } catch let error where error == .fileExists {
      guard try status(of: path).isDirectory else { throw .notADirectory }
    }
  }

  private func uninterrupted<Result>(_ call: () throws(ErrorNumber) -> Result) throws(ErrorNumber) -> Result {
    while true {
      do { return try call() } catch { if error != .interrupted { throw error } }
    }
  }
}
