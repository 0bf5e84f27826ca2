import RunModel
import RunStore

/// Keeps a run's checkpoints within what they may take of the disk, by thinning out the earlier ones.
struct DiskLimit {
  private let run: RunDirectory
  /// Nil: there is no limit.
  private let byteCount: Int?
  private var thinned: ThinnedCheckpoints
  private var thinning = Thinning()
  /// What is on disk is not what is known here: nothing more may go.
  private var isUncertain = false
  private(set) var thinnedCount = 0
  private(set) var thinnedByteCount = 0

  init(_ byteCount: Int?, run: RunDirectory, fileSystem: any FileSystem) {
    self.run = run
    self.byteCount = byteCount
    thinned = ThinnedCheckpoints(of: run, in: fileSystem)
  }

  /// Whether leaves have to be stored so that no other checkpoint's pack is needed for them: a pack that is needed stays.
  var keepsPacksApart: Bool { byteCount != nil }

  /// Makes room for a pack of up to `newByteCount` bytes. Returns the packs that are gone; what throws because there is no room
  /// has thinned out nothing.
  mutating func makeRoom(for newByteCount: Int) throws(StoreError) -> Set<Int> {
    guard let byteCount else { return [] }
    let chosen = try choice(byteCount - newByteCount)
    var gone: Set<Int> = []
    for checkpoint in chosen {
      let before = thinning.byteCount
      let packs = thinning.remove(checkpoint)
      do throws(StoreError) {
        try thinned.remove(checkpoint.number, packs: packs)
      } catch {
        becomeUncertain()
        throw error
      }
      gone.formUnion(packs)
      thinnedCount += 1
      thinnedByteCount += before - thinning.byteCount
    }
    return gone
  }

  /// A manifest may be there that should not, and need packs that seem to be of no use.
  mutating func becomeUncertain() { isUncertain = true }

  /// What has to go so that no more than `byteCount` bytes are left.
  private func choice(_ byteCount: Int) throws(StoreError) -> [Thinning.Checkpoint] {
    if byteCount < 0 { throw .overLimit(run.packs) }
    var rest = thinning
    var chosen: [Thinning.Checkpoint] = []
    while rest.byteCount > byteCount {
      guard !isUncertain, let next = rest.next() else { throw .overLimit(run.packs) }
      _ = rest.remove(next)
      chosen.append(next)
    }
    return chosen
  }

  mutating func committed(_ number: Int, atSeconds: Double, _ leaves: [LeafRecord], packByteCount: Int) {
    guard byteCount != nil else { return }
    let packs = Set(leaves.flatMap { $0.versions.map(\.pack) })
    thinning.add(.init(number: number, atSeconds: atSeconds, packs: packs), packByteCount: packByteCount)
  }
}
