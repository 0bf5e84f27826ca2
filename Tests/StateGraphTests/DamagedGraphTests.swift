import StateGraph
import TestSupport
import Testing

/// Whatever the bytes: a graph or a fault, never a crash, and never more memory than a few times the input.
@Suite struct DamagedGraphTests {
  private let sound = SamplePickle.graph(
    roots: [("module __main__", 0)], shapes: [["weight"]],
    nodes: [.tuple([.text("l"), .tuple([.int(1), .int(0)])]), .tuple([.text("M"), .tuple([.int(8)]), .none, .int(0)])])

  @Test func `The sound one is a graph`() throws {
    #expect(try StateGraph(decoding: sound).leafOwners() == [0: "module __main__[0]"])
  }

  @Test func `Cut off anywhere it is refused`() {
    for count in 0..<sound.count {
      #expect(throws: GraphFault.self, "cut off after \(count) bytes") { try StateGraph(decoding: Array(sound[..<count])) }
    }
  }

  @Test func `With any byte changed it is a graph or refused`() {
    for place in sound.indices {
      for value in UInt8.min...UInt8.max {
        var bytes = sound
        bytes[place] = value
        look(at: bytes)
      }
    }
  }

  @Test func `Noise is a graph or refused`() {
    var random = SplitMix(state: 4711)
    let opcodes: [UInt8] = [
      0x95, 0x28, 0x4E, 0x88, 0x89, 0x4B, 0x4D, 0x4A, 0x8A, 0x8B, 0x47, 0x8C, 0x58, 0x8D, 0x43, 0x42, 0x8E, 0x29, 0x85, 0x86, 0x87,
      0x74,
      0x5D, 0x61, 0x65, 0x93, 0x52, 0x2E, 0, 1, 2,
    ]
    for _ in 0..<20_000 {
      let count = Int(random.next() % 60)
      look(at: [0x80, 5] + (0..<count).map { _ in opcodes[Int(random.next() % UInt64(opcodes.count))] })
    }
  }

  @Test(arguments: [
    [0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],  // bytes of 2^64 - 1
    [0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],  // bytes of 2^63 - 1
    [0x8D, 0, 0, 0, 0, 1, 0, 0, 0],  // text of 4 GiB
    [0x8B, 0xFF, 0xFF, 0xFF, 0xFF],  // an integer of 4 GiB
    [0x95, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00],  // a frame of 72 PB
    [0x4E, 0x87, 0x2E],  // a tuple of more than there is
    [0x4E, 0x28, 0x86, 0x2E],  // a tuple across a mark
    [0x5D, 0x28, 0x61, 0x2E],  // an item across a mark
    [0x4E, 0x4E, 0x61, 0x2E],  // an item of what is no list
    [0x74, 0x2E], [0x65, 0x2E], [0x28, 0x2E], [0x2E], [0x4E, 0x4E, 0x2E], [0x4E, 0x2E, 0x4E],
  ])
  func `Lengths beyond the input and stacks too low are refused`(code: [UInt8]) {
    #expect(throws: GraphFault.self) { try StateGraph(decoding: [0x80, 5] + code) }
  }

  @Test func `Names and calls are refused, and the memo too`() {
    let name: (String) -> [UInt8] = { [0x8C, UInt8($0.utf8.count)] + Array($0.utf8) }
    let system = name("os") + name("system") + [0x93] + name("true") + [0x85, 0x52, 0x2E]
    let global = Array("cos\nsystem\n".utf8) + [0x2E]
    for code in [system, global, [0x4E, 0x94, 0x2E], [0x4E, 0x71, 0, 0x2E], [0x68, 0, 0x2E], [0x4E, 0x51, 0x2E], [0x97, 0x2E]] {
      let fault = #expect(throws: GraphFault.self) { try StateGraph(decoding: [0x80, 5] + code) }
      #expect(fault?.description.contains("tuple of version") == false, "refused while it was read")
    }
  }

  @Test func `Nested a hundred thousand deep it is refused without recursion`() {
    let deep = [UInt8](repeating: 0x5D, count: 1) + [UInt8](repeating: 0x85, count: 100_000)
    #expect(throws: GraphFault.self) { try StateGraph(decoding: [0x80, 5] + deep + [0x2E]) }
    let marks = [UInt8](repeating: 0x28, count: 100_000) + [UInt8](repeating: 0x74, count: 100_000)
    #expect(throws: GraphFault.self) { try StateGraph(decoding: [0x80, 5] + marks + [0x2E]) }
  }

  private func look(at bytes: [UInt8]) {
    guard let graph = try? StateGraph(decoding: bytes) else { return }
    _ = graph.leafOwners()
  }
}

private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
