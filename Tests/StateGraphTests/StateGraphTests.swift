import StateGraph
import TestSupport
import Testing

@Suite struct StateGraphTests {
  /// `model = Model(); model.weight = tensor; names = {"w": tensor, 1: other}; items = [other]` of the main script.
  private static let script = SamplePickle.graph(
    roots: [("module __main__", 0)], shapes: [["weight"]],
    nodes: [
      .tuple([
        .text("d"), .none, .tuple([]), .tuple([.text("names"), .text("items"), .text("model")]),
        .tuple([.int(1), .int(2), .int(3)]),
      ]),
      .tuple([.text("d"), .none, .tuple([]), .tuple([.text("w"), .tuple([.int(1)])]), .tuple([.int(4), .int(5)])]),
      .tuple([.text("l"), .tuple([.int(5)])]),
      .tuple([.text("o"), .int(6), .none, .int(0), .tuple([.int(4)])]),
      tensor(storage: 7), tensor(storage: 8), .tuple([.text("n"), .text("torch"), .text("Tensor"), .text("class")]),
      storage(leaf: 0), storage(leaf: 1),
    ])

  private static func tensor(storage: Int) -> SamplePickle.Value {
    .tuple([.text("z"), .int(6), .int(storage), .text("torch.float32"), .tuple([]), .tuple([]), .none, .none, .none, .none])
  }

  private static func storage(leaf: Int) -> SamplePickle.Value {
    .tuple([.text("Z"), .text("cpu"), .tuple([.int(4)]), .tuple([.int(4)]), .none, .int(leaf)])
  }

  @Test func `Leaves are named by what the program would write`() throws {
    let graph = try StateGraph(decoding: Self.script)
    #expect(graph.nodeCount == 9)
    #expect(graph.leaves == [0, 1])
    #expect(graph.leafOwners() == [0: "names['w']", 1: "names[1]"])
  }

  @Test func `A parameter is named by its module, and not by its place in the optimizer`() throws {
    let graph = try StateGraph(
      decoding: SamplePickle.graph(
        roots: [("frame 0 train.py:main", 0)], shapes: [["_modules"], ["_parameters"], ["params"]],
        nodes: [
          .tuple([.text("d"), .none, .tuple([]), .tuple([.text("optimizer"), .text("model")]), .tuple([.int(1), .int(3)])]),
          instance(shape: 2, [.int(2)]), .tuple([.text("l"), .tuple([.int(7)])]),
          instance(shape: 0, [.int(4)]), dict(["fc"], [5]), instance(shape: 1, [.int(6)]), dict(["weight"], [7]),
          Self.tensor(storage: 9), .tuple([.text("n"), .text("torch"), .text("Module"), .text("class")]), Self.storage(leaf: 0),
        ]))
    #expect(graph.leafOwners() == [0: "main() model.fc.weight"])
  }

  private func instance(shape: Int, _ values: [SamplePickle.Value]) -> SamplePickle.Value {
    .tuple([.text("o"), .int(8), .none, .int(shape), .tuple(values)])
  }

  private func dict(_ keys: [String], _ values: [Int]) -> SamplePickle.Value {
    .tuple([.text("d"), .none, .tuple([]), .tuple(keys.map { .text($0) }), .tuple(values.map { .int($0) })])
  }

  @Test(arguments: [
    SamplePickle.graph(version: 3),
    SamplePickle.of(.tuple([.int(4), .list([]), .list([])])),
    SamplePickle.of(.list([.int(4), .list([]), .list([]), .list([])])),
    SamplePickle.of(.int(4)),
    SamplePickle.graph(roots: [("module x", 0)]),
    SamplePickle.graph(nodes: [.int(3)]),
    SamplePickle.graph(nodes: [.tuple([])]),
    SamplePickle.graph(nodes: [.tuple([.text("?"), .int(1)])]),
    SamplePickle.graph(nodes: [.tuple([.text("l")])]),
    SamplePickle.graph(nodes: [.tuple([.text("l"), .none])]),
    SamplePickle.graph(nodes: [.tuple([.text("l"), .tuple([.int(1)])])]),
    SamplePickle.graph(nodes: [.tuple([.text("l"), .tuple([.int(-1)])])]),
    SamplePickle.graph(nodes: [.tuple([.text("Z"), .text("cpu"), .none, .none, .none, .text("no number")])]),
    SamplePickle.graph(nodes: [.tuple([.text("d"), .none, .tuple([]), .tuple([.text("key")]), .tuple([])])]),
    SamplePickle.graph(nodes: [.tuple([.text("o"), .none, .none, .int(4), .tuple([])])]),
  ])
  func `What is no graph is refused`(bytes: [UInt8]) {
    #expect(throws: GraphFault.self) { try StateGraph(decoding: bytes) }
  }

  @Test func `A chain of a hundred thousand objects has a short path`() throws {
    let count = 100_000
    let chain: [SamplePickle.Value] = (1...count).map { .tuple([.text("l"), .tuple([.int($0)])]) }
    let graph = try StateGraph(
      decoding: SamplePickle.graph(roots: [("returned value", 0)], nodes: chain + [Self.storage(leaf: 0)]))
    let owner = try #require(graph.leafOwners()[0])
    #expect(owner.hasPrefix("…[0]"))
    #expect(owner.count < 200)
  }

  @Test func `A circle has a path, and what no root leads to has none`() throws {
    let graph = try StateGraph(
      decoding: SamplePickle.graph(
        roots: [("returned value", 0)],
        nodes: [
          .tuple([.text("l"), .tuple([.int(1)])]), .tuple([.text("l"), .tuple([.int(0)])]), .tuple([.text("l"), .tuple([])]),
        ]))
    let paths = Paths(of: graph)
    #expect([paths[0], paths[1], paths[2]] == ["returned value", "returned value[0]", nil])
  }
}
