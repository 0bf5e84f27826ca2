public import RunModel

extension FileSystem {
  /// Makes `path` hold `bytes`, whole or not at all, so that it outlives a power failure once this returns.
  public func writeDurably(_ bytes: [UInt8], to path: String) throws(StoreError) {
    try writeWhole(bytes, to: path, synchronized: true)
    do { try synchronize(directory: folder(of: path)) } catch { throw .unwritable(path, error) }
  }

  /// Makes `path` hold `bytes`, whole or not at all, whatever happens to this process.
  /// Without `synchronized` a power failure may still lose it.
  public func writeWhole(_ bytes: [UInt8], to path: String, synchronized: Bool) throws(StoreError) {
    let temporary = path + ".tmp"
    do {
      try withDescriptor(of: temporary, for: .replacing) { descriptor throws(ErrorNumber) in
        try writeAll(bytes, to: descriptor)
        // Before the rename, or the name could outlive its bytes.
        if synchronized { try synchronizeFully(descriptor) }
      }
      try rename(temporary, to: path)
    } catch {
      // A name in `.tmp` that stays is a leaving like that of any crash (invariant 7).
      try? remove(temporary)
      throw .unwritable(path, error)
    }
  }

  /// Makes what was written to `path` earlier outlive a power failure.
  public func synchronizeFile(_ path: String) throws(StoreError) {
    do {
      try withDescriptor(of: path, for: .reading) { descriptor throws(ErrorNumber) in try synchronizeFully(descriptor) }
    } catch {
      throw .unwritable(path, error)
    }
  }

  public func contents(of path: String) throws(StoreError) -> [UInt8] {
    do {
      return try withDescriptor(of: path, for: .reading) { descriptor throws(ErrorNumber) in
        let byteCount = try status(of: path).byteCount
        return try bytes(from: descriptor, at: 0, count: byteCount)
      }
    } catch {
      throw .unreadable(path, error)
    }
  }

  /// At most `byteCount` bytes from `offset` on: less where the file ends before.
  public func contents(of path: String, at offset: Int, byteCount: Int) throws(StoreError) -> [UInt8] {
    do {
      return try withDescriptor(of: path, for: .reading) { descriptor throws(ErrorNumber) in
        let present = max(0, try status(of: path).byteCount - offset)
        return try bytes(from: descriptor, at: offset, count: min(byteCount, present))
      }
    } catch {
      throw .unreadable(path, error)
    }
  }

  /// The hash and the number of the bytes from `offset` on, at most `byteCount` of them.
  public func hash(of descriptor: Int32, at offset: Int, byteCount: Int) throws(ErrorNumber) -> (ContentHash, Int) {
    var stream = HashStream()
    var done = 0
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, min(byteCount, 1 << 20)), alignment: 64)
    defer { chunk.deallocate() }
    while done < byteCount {
      let part = UnsafeMutableRawBufferPointer(rebasing: chunk.prefix(byteCount - done))
      let count = try readAll(into: part, from: descriptor, at: offset + done)
      stream.update(UnsafeRawBufferPointer(rebasing: part.prefix(count)))
      done += count
      if count < part.count { break }
    }
    return (stream.hash, done)
  }

  private func bytes(from descriptor: Int32, at offset: Int, count: Int) throws(ErrorNumber) -> [UInt8] {
    var failure: ErrorNumber?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(ErrorNumber) {
        initialized = try readAll(into: UnsafeMutableRawBufferPointer(buffer), from: descriptor, at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
