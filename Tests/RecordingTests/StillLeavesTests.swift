import Glibc
import Restoring
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Recording

/// Whatever happens to memory between checkpoints, each of them restores to what was there when it was taken.
@Suite struct StillLeavesTests {
  private let folder: TemporaryFolder
  private let store: RunStore
  private static let byteCount = 342 * 4096

  init() throws {
    folder = try TemporaryFolder()
    store = RunStore(path: folder.path + "/.flor")
  }

  private var run: RunDirectory { store.directory(of: SampleRecording.run) }

  private func block() -> LiveBlock { LiveBlock(byteCount: Self.byteCount) }

  /// Takes a checkpoint of the leaves and says what it has to restore to.
  private func take(_ leaves: [(LiveBlock, Range<Int>)], _ session: RecordSession) -> [[UInt8]] {
    let number = session.checkpoint(live: leaves.map { $0.0.leaf($0.1) })
    #expect(number != nil)
    return leaves.map { $0.0.bytes($0.1) }
  }

  private func expect(_ taken: [[[UInt8]]]) throws {
    let restored = try SampleRecording.checkpoints(in: store)
    #expect(restored.count == taken.count)
    for (number, leaves) in taken.enumerated() {
      for (index, leaf) in leaves.enumerated() {
        #expect(restored[number + 1]?.leaves[index] == leaf, "leaf \(index) of checkpoint \(number + 1)")
      }
    }
    #expect(SampleRecording.check(in: store).findings == [])
  }

  enum Change: CaseIterable {
    case first, last, firstWholePage, lastWholePage, middle, bySystemCall, givenBack, mappedAnew, moved
    case byForkedChild

    func happen(to block: LiveBlock, _ leaf: Range<Int>) {
      switch self {
      case .first: block[leaf.lowerBound] ^= 1
      case .last: block[leaf.upperBound - 1] ^= 1
      case .firstWholePage: block[4096] ^= 1
      case .lastWholePage: block[leaf.upperBound / 4096 * 4096 - 1] ^= 1
      case .middle: block[600_000] ^= 1
      case .bySystemCall: block.writeBySystemCall(600_000, block[600_000] ^ 1)
      case .givenBack: block.giveBack(151 * 4096..<200 * 4096)
      case .mappedAnew: block.mapAnew()
      case .moved: block.move()
      case .byForkedChild:
        let child = fork()
        if child == 0 {
          block[600_000] ^= 1
          _exit(0)
        }
        waitpid(child, nil, 0)
      }
    }
  }

  @Test(arguments: Change.allCases) func `No change is missed`(change: Change) throws {
    let (block, leaf) = (block(), 100..<Self.byteCount - 100)
    let session = try SampleRecording.begin(in: store)
    var taken: [[[UInt8]]] = []
    for number in 1...7 {
      if number.isMultiple(of: 3) { change.happen(to: block, leaf) }
      taken.append(take([(block, leaf)], session))
      session.drain()
    }
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    try expect(taken)
  }

  @Test(arguments: 1...3) func `No change is missed, whenever it comes`(seed: UInt64) throws {
    let (block, inner) = (block(), block())
    let leaves = [
      (block, 100..<Self.byteCount), (block, 200_000..<1_300_000), (inner, 0..<Self.byteCount - 1),
    ]
    let session = try SampleRecording.begin(in: store)
    var random = SeededRandom(seed)
    var taken: [[[UInt8]]] = []
    for _ in 1...25 {
      // Without waiting for the writer: changes meet it while it watches and compares.
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        guard let change = Change.allCases.randomElement(using: &random), let one = leaves.randomElement(using: &random)
        else { continue }
        change.happen(to: one.0, one.1)
      }
      if Bool.random(using: &random) { session.drain() }
      let number = session.checkpoint(live: leaves.map { $0.0.leaf($0.1) })
      if number != nil { taken.append(leaves.map { $0.0.bytes($0.1) }) }
    }
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    try expect(taken)
  }

  @Test func `A leaf that changed back is what it was`() throws {
    let block = block()
    let session = try SampleRecording.begin(in: store)
    var taken: [[[UInt8]]] = []
    for _ in 1...4 {
      // Another value at every checkpoint, and the old one as soon as it was taken: no later look at the bytes would tell.
      block[600_000] ^= 1
      taken.append(take([(block, 0..<Self.byteCount)], session))
      block[600_000] ^= 1
      session.drain()
      taken.append(take([(block, 0..<Self.byteCount)], session))
      session.drain()
    }
    #expect(session.finish(endJSON: SampleJSON.end) == [])
    try expect(taken)
  }

  @Test(.enabled(if: WriteTracker() != nil, "this kernel does not watch pages"))
  func `What is still is not copied, and what changes is`() throws {
    let (data, weights) = (block(), block())
    let session = try SampleRecording.begin(in: store)
    for number in 1...4 {
      memset(weights.base, Int32(number), Self.byteCount)
      _ = take([(data, 0..<Self.byteCount), (weights, 0..<Self.byteCount)], session)
      session.drain()
      let leaves = [data, weights].map { $0.leaf(0..<Self.byteCount) }
      #expect(session.still.held(leaves[0]) != nil)
      // After the first it is not known yet that they will change.
      #expect((session.still.held(leaves[1]) != nil) == (number == 1))
      let position = try store.manifest(number, of: run).positionJSON
      #expect(try JSONRecords().decode(CheckpointPosition.self, from: Array(position.utf8)).volatile == (number == 1 ? nil : [1]))
    }
    _ = session.finish(endJSON: SampleJSON.end)
  }

  @Test(.enabled(if: WriteTracker() != nil, "this kernel does not watch pages"))
  func `What rests again after a change is still again`() throws {
    let block = block()
    let session = try SampleRecording.begin(in: store)
    func isHeldAfterCheckpoint() -> Bool {
      _ = take([(block, 0..<Self.byteCount)], session)
      session.drain()
      return session.still.held(block.leaf(0..<Self.byteCount)) != nil
    }
    #expect(isHeldAfterCheckpoint())
    block[5] ^= 1
    #expect([isHeldAfterCheckpoint(), isHeldAfterCheckpoint()] == [false, true])
    block[5] ^= 1
    #expect([isHeldAfterCheckpoint(), isHeldAfterCheckpoint(), isHeldAfterCheckpoint()] == [false, false, true])
    _ = session.finish(endJSON: SampleJSON.end)
  }

  @Test func `Shared memory is copied every time: others may write to it`() throws {
    let name = "\(folder.path)/shared"
    let file = open(name, O_RDWR | O_CREAT, 0o600)
    ftruncate(file, Self.byteCount)
    defer { close(file) }
    let mapping = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)!
    let other = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)!
    let session = try SampleRecording.begin(in: store)
    for number in 1...4 {
      other.storeBytes(of: UInt8(number), toByteOffset: 600_000, as: UInt8.self)
      _ = session.checkpoint(live: [LiveLeaf(address: UInt(bitPattern: mapping), byteCount: Self.byteCount, kind: .memory)])
      session.drain()
    }
    _ = session.finish(endJSON: SampleJSON.end)
    let restored = try SampleRecording.checkpoints(in: store)
    for number in 1...4 { #expect(restored[number]?.leaves[0][600_000] == UInt8(number)) }
  }

  @Test func `A constant is copied once, whatever lies at its address later`() throws {
    let block = block()
    let session = try SampleRecording.begin(in: store)
    let first = block.bytes(0..<1000)
    for _ in 1...2 {
      _ = session.checkpoint(live: [block.leaf(0..<1000, kind: .constant(7))])
      session.drain()
      block[5] ^= 1
    }
    _ = session.finish(endJSON: SampleJSON.end)
    try expect([[first], [first]])
  }

  @Test func `Nothing is held of a checkpoint that was given up`() throws {
    let block = block()
    let counter = FaultyFileSystem(.none)
    let counted = try SampleRecording.begin(in: RunStore(path: folder.path + "/counted", fileSystem: counter))
    let begun = counter.calls
    _ = counted.finish(endJSON: SampleJSON.end)
    // The first call after the session has begun flushes the output; one of those after it belongs to the pack.
    for call in begun + 1...begun + 12 {
      let store = RunStore(path: "\(folder.path)/\(call)", fileSystem: FaultyFileSystem(.once(call, .inputOutput)))
      let session = try SampleRecording.begin(in: store)
      for _ in 1...3 {
        _ = session.checkpoint(live: [block.leaf(0..<Self.byteCount)])
        session.drain()
      }
      _ = session.finish(endJSON: SampleJSON.end)
      #expect(SampleRecording.check(in: RunStore(path: store.path)).findings == [], "call \(call)")
      for (number, epoch) in try SampleRecording.checkpoints(in: RunStore(path: store.path)) {
        #expect(epoch.leaves[0] == block.bytes(0..<Self.byteCount), "call \(call), checkpoint \(number)")
      }
    }
  }

  @Test func `Where the kernel watches nothing, everything is copied`() {
    let still = StillLeaves(tracker: nil)
    #expect(still.held(block().leaf(0..<Self.byteCount)) == nil)
  }
}

extension RecordSession {
  /// Of a state that is nothing but these leaves.
  fileprivate func checkpoint(live leaves: [LiveLeaf]) -> Int? {
    SamplePickle.graph(root: "leaves").withUnsafeBytes { graph in
      checkpoint(headerJSON: SampleJSON.position(execution: nextNumber, ops: byteCount(of: .output)), graph: graph, leaves: leaves)
    }
  }
}

/// SplitMix64: the same numbers every time.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
