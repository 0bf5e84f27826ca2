import Testing

@testable import Recording

@Suite struct StagingArenaTests {
  @Test func `The copy is complete when staging returns`() throws {
    let arena = StagingArena()
    var weights = [UInt8](repeating: 1, count: 10_000_000)
    let staged = try weights.withUnsafeMutableBytes { bytes in
      let staged = try arena.stage(leaves: [UnsafeRawBufferPointer(bytes)])
      bytes.initializeMemory(as: UInt8.self, repeating: 2)
      return try #require(staged)
    }
    #expect(staged.bytes(in: staged.ranges[0]).allSatisfy { $0 == 1 })
  }

  @Test func `A third state has no room until the writer gives a region back`() throws {
    let arena = StagingArena()
    let first = try #require(try arena.stage([1]))
    #expect(!arena.isFull)
    _ = try #require(try arena.stage([2]))
    #expect(arena.isFull)
    #expect(try arena.stage([3]) == nil)
    first.release()
    #expect(!arena.isFull)
    #expect(try arena.stage([3]) != nil)
  }

  @Test func `Of large states only one at a time waits for the writer`() throws {
    let arena = StagingArena()
    let large = [UInt8](repeating: 1, count: 65 << 20)
    let first = try #require(try arena.stage(large))
    #expect(arena.isFull)
    #expect(try arena.stage(large) == nil)
    first.release()
    #expect(try arena.stage(large) != nil)
  }

  @Test func `A region is used again, and grows when a state does`() throws {
    let arena = StagingArena()
    let small = try #require(try arena.stage([1, 2, 3]))
    let address = small.bytes(in: 0..<1).baseAddress
    small.release()
    let again = try #require(try arena.stage([4, 5]))
    #expect(again.bytes(in: 0..<1).baseAddress == address)
    again.release()
    let large = try #require(try arena.stage([UInt8](repeating: 6, count: 20_000_000)))
    #expect(large.bytes(in: large.ranges[0]).allSatisfy { $0 == 6 })
  }

  @Test func `Between leaves lie zeros, not what was there before`() throws {
    let arena = StagingArena()
    try #require(try arena.stage([UInt8](repeating: 255, count: 4096))).release()
    let staged = try #require(try arena.stage([1, 2, 3], [4], []))
    #expect(staged.ranges == [0..<3, 64..<65, 128..<128])
    let gaps = [UInt8](repeating: 0, count: 63)
    #expect(Array(staged.bytes(in: 0..<128)) == [1, 2, 3] + gaps.dropLast(2) + [4] + gaps)
  }

  @Test func `A large region is given back but for what a small state needs`() throws {
    let arena = StagingArena()
    try #require(try arena.stage([UInt8](repeating: 1, count: 80 << 20))).release()
    #expect(arena.byteCount > 80 << 20)
    let small = try #require(try arena.stage([2]))
    #expect(Array(small.bytes(in: 0..<1)) == [2])
    small.release()
    #expect(arena.byteCount < 4 << 20)
    let large = try #require(try arena.stage([UInt8](repeating: 3, count: 70 << 20)))
    #expect(large.bytes(in: large.ranges[0]).allSatisfy { $0 == 3 })
  }

  @Test(arguments: [[1], [8, 40], [31], [40, 30], [60, 90, 66], [20, 100], [100, 3, 20]])
  func `Its memory is one copy of the state and 56 MiB at most`(mebibytes: [Int]) throws {
    let arena = StagingArena()
    let states = mebibytes.map { [UInt8](repeating: 1, count: $0 << 20) }
    for state in states {
      for _ in 0..<4 {
        let first = try #require(try arena.stage(state))
        let second = try arena.stage(state)
        first.release()
        second?.release()
      }
    }
    #expect(arena.byteCount <= ((mebibytes.last ?? 0) + 56) << 20)
  }

  @Test func `Two regions of a small state become one of a large one`() throws {
    let arena = StagingArena()
    let small = [try #require(try arena.stage([1])), try #require(try arena.stage([2]))]
    for staged in small { staged.release() }
    let large = [UInt8](repeating: 1, count: 40 << 20)
    let first = try #require(try arena.stage(large))
    #expect(arena.isFull)
    #expect(try arena.stage(large) == nil)
    first.release()
    #expect(arena.byteCount < 48 << 20)
  }

  @Test func `A state that would starve the machine is refused`() {
    let arena = StagingArena()
    let nowhere = UnsafeRawPointer(bitPattern: 64)!
    #expect(throws: (any Error).self) { try arena.stage(leaves: [UnsafeRawBufferPointer(start: nowhere, count: 1 << 50)]) }
    #expect(!arena.isFull)
  }
}

extension StagingArena {
  fileprivate func stage(_ leaves: [UInt8]...) throws -> StagedLeaves? {
    let copies = leaves.map { leaf in
      let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, leaf.count), alignment: 1)
      UnsafeMutableRawBufferPointer(start: copy, count: leaf.count).copyBytes(from: leaf)
      return UnsafeRawBufferPointer(start: copy, count: leaf.count)
    }
    defer { for copy in copies { copy.deallocate() } }
    return try stage(leaves: copies)
  }
}
