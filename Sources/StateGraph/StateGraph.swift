/// The graph of a state: objects as nodes, how they refer to each other, small values. For looking at; nothing is rebuilt.
///
/// Once made it is sound: every node is of a kind that is known here, and every reference names a node.
public struct StateGraph: Sendable {
  static let version = 4

  let values: PlainValues
  /// Each with the node that it names; roots that are atoms are left out.
  private(set) var roots: [(label: String, node: Int)] = []
  private var shapes: [PlainValue] = []
  private var nodes: [Range<Int>] = []
  private var kinds: [NodeKind] = []

  public init(decoding bytes: [UInt8]) throws(GraphFault) {
    values = try PlainPickleDecoder.decode(bytes)
    guard case .tuple = values.root, let parts = values.parts(of: values.root), parts.count == 4 else {
      throw GraphFault(nil, "it is no tuple of version, roots, shapes and nodes")
    }
    let fields = Array(parts)
    guard fields[0] == .integer(Self.version) else { throw GraphFault(nil, "its version is not \(Self.version)") }
    guard let shapes = values.parts(of: fields[2]), shapes.allSatisfy({ values.parts(of: $0) != nil }) else {
      throw GraphFault(nil, "its shapes are no lists of names")
    }
    self.shapes = Array(shapes)
    try readNodes(fields[3])
    try readRoots(fields[1])
    for node in nodes.indices { try check(node) }
  }

  public var nodeCount: Int { nodes.count }

  func kind(of node: Int) -> NodeKind { kinds[node] }

  /// What follows the tag.
  func fields(of node: Int) -> ArraySlice<PlainValue> { values.parts(of: .tuple(nodes[node]))?.dropFirst() ?? [] }

  func field(_ index: Int, of node: Int) -> PlainValue {
    let fields = fields(of: node)
    return fields[fields.startIndex + index]
  }

  /// Of a dict or of an object: the names of its attributes.
  func shape(_ value: PlainValue) -> ArraySlice<PlainValue>? {
    guard case .integer(let number) = value, shapes.indices.contains(number) else { return nil }
    return values.parts(of: shapes[number])
  }

  /// The number of the leaf that the node owns.
  func leaf(of node: Int) -> Int? {
    let value: PlainValue
    switch kinds[node] {
    case .storage: value = field(4, of: node)
    case .memory: value = field(2, of: node)
    case .stretch: value = field(2, of: node)
    case .bigBytes: value = field(0, of: node)
    default: return nil
    }
    guard case .integer(let leaf) = value else { return nil }
    return leaf
  }

  /// The numbers of all leaves that a node owns.
  public var leaves: Set<Int> { Set(nodes.indices.compactMap(leaf(of:))) }

  private mutating func readNodes(_ value: PlainValue) throws(GraphFault) {
    guard let items = values.parts(of: value) else { throw GraphFault(nil, "its nodes are no list") }
    nodes.reserveCapacity(items.count)
    kinds.reserveCapacity(items.count)
    for (number, item) in items.enumerated() {
      guard case .tuple(let range) = item, let tag = values.parts(of: item)?.first.flatMap(values.text(of:)) else {
        throw GraphFault(nil, "node \(number) is no tuple that begins with a tag")
      }
      guard let kind = NodeKind(rawValue: tag) else { throw GraphFault(nil, "node \(number) is of an unknown kind `\(tag)`") }
      guard range.count > kind.fieldCount else { throw GraphFault(nil, "node \(number) of kind `\(tag)` lacks a field") }
      nodes.append(range)
      kinds.append(kind)
    }
  }

  private mutating func readRoots(_ value: PlainValue) throws(GraphFault) {
    guard let items = values.parts(of: value) else { throw GraphFault(nil, "its roots are no list") }
    for item in items {
      guard let pair = values.parts(of: item), pair.count == 2, let label = values.text(of: pair[pair.startIndex]) else {
        throw GraphFault(nil, "a root is no pair of a label and a reference")
      }
      guard case .integer(let node) = pair[pair.startIndex + 1] else { continue }
      guard nodes.indices.contains(node) else { throw GraphFault(nil, "the root `\(label)` names no node") }
      roots.append((label, node))
    }
  }

  private func check(_ node: Int) throws(GraphFault) {
    try forEachEdge(of: node) { (edge) throws(GraphFault) in
      guard nodes.indices.contains(edge.target) else {
        throw GraphFault(nil, "node \(node) refers to node \(edge.target), which there is not")
      }
    }
    if [.storage, .memory, .bigBytes, .stretch].contains(kinds[node]), leaf(of: node).map({ $0 < 0 }) ?? true {
      throw GraphFault(nil, "node \(node) names no leaf")
    }
  }
}
