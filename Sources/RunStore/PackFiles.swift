import RunModel

/// The packs of a run, each opened when it is first read.
public final class PackFiles {
  private struct Pack {
    var descriptor: Int32
    var byteCount: Int
  }

  let run: RunDirectory
  private let fileSystem: any FileSystem
  private var packs: [Int: Pack] = [:]

  public init(_ run: RunDirectory, in fileSystem: any FileSystem) {
    self.run = run
    self.fileSystem = fileSystem
  }

  deinit {
    // Nothing was written through them: what closing says is of no interest.
    for pack in packs.values { try? fileSystem.close(pack.descriptor) }
  }

  func byteCount(of number: Int) throws(StoreError) -> Int { try pack(number).byteCount }

  /// Fills `bytes`, or throws.
  func read(into bytes: UnsafeMutableRawBufferPointer, from number: Int, at offset: Int) throws(StoreError) {
    let pack = try pack(number)
    let count: Int
    do throws(ErrorNumber) {
      count = try fileSystem.readAll(into: bytes, from: pack.descriptor, at: offset)
    } catch {
      throw .unreadable(run.pack(number), error)
    }
    if count < bytes.count { throw .damaged(run.pack(number), invariant: 5, "it ends at byte \(offset + count)") }
  }

  private func pack(_ number: Int) throws(StoreError) -> Pack {
    if let pack = packs[number] { return pack }
    do throws(ErrorNumber) {
      let byteCount = try fileSystem.status(of: run.pack(number)).byteCount
      let pack = Pack(descriptor: try fileSystem.openFully(run.pack(number), for: .reading), byteCount: byteCount)
      packs[number] = pack
      return pack
    } catch {
      if error == .noSuchFile { throw .damaged(run.pack(number), invariant: 5, "it is missing") }
      throw .unreadable(run.pack(number), error)
    }
  }
}
