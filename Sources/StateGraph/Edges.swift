/// One reference of a node, with what leads there.
struct Edge {
  enum Label {
    /// The n-th item.
    case index(Int)
    /// The value of a key that is an atom.
    case item(PlainValue)
    /// The n-th key, or member, that is an object; the value of the n-th such key.
    case key(Int)
    case valueOfKey(Int, key: Int)
    /// An attribute by its name in a shape.
    case attribute(PlainValue)
    /// A part that every node of its kind has.
    case part(String)
    case numberedPart(String, Int)
  }

  var label: Label
  var target: Int
}

extension StateGraph {
  /// Every reference of a node, in the order of `edges` and then of `keyed` in `python/flor/state/edges.py`.
  func forEachEdge(of node: Int, _ body: (Edge) throws(GraphFault) -> Void) throws(GraphFault) {
    func give(_ label: Edge.Label, _ value: PlainValue) throws(GraphFault) {
      if case .integer(let target) = value { try body(Edge(label: label, target: target)) }
    }
    func give(items value: PlainValue, _ label: (Int) -> Edge.Label) throws(GraphFault) {
      for (index, item) in try parts(of: value, node).enumerated() { try give(label(index), item) }
    }
    func give(shape: PlainValue, _ value: PlainValue) throws(GraphFault) {
      let held = try parts(of: value, node)
      guard let names = self.shape(shape), names.count == held.count else {
        throw GraphFault(nil, "node \(node) has no shape of \(held.count) names")
      }
      for (name, item) in zip(names, held) { try give(.attribute(name), item) }
    }
    func give(named names: KeyValuePairs<Int, String>) throws(GraphFault) {
      for (index, name) in names { try give(.part(name), field(index, of: node)) }
    }

    switch kind(of: node) {
    case .list, .tuple: try give(items: field(0, of: node)) { .index($0) }
    case .deque: try give(items: field(1, of: node)) { .index($0) }
    case .frozen: try give(items: field(2, of: node)) { .numberedPart("items", $0) }
    case .dict:
      try give(items: field(1, of: node)) { .numberedPart("extra", $0) }
      try forEachItem(ofDict: node, body)
    case .set:
      for (number, member) in try references(in: field(1, of: node), node).enumerated() { try give(.key(number), member) }
    case .instance:
      try give(named: [0: "class", 1: "payload"])
      try give(shape: field(2, of: node), field(3, of: node))
    case .classObject: try give(shape: field(2, of: node), field(3, of: node))
    case .function:
      try give(items: field(1, of: node)) { .numberedPart("cell", $0) }
      try give(named: [2: "defaults", 3: "keyword defaults", 4: "attributes"])
    case .cell: try give(named: [0: "contents"])
    case .contextVariable: try give(named: [1: "contents"])
    case .heldStorage: try give(named: [0: "storage"])
    case .objectArray:
      try give(items: field(1, of: node)) { .index($0) }
      try give(named: [2: "class"])
    case .array: try give(named: [0: "dtype", 4: "memory", 5: "class"])
    case .tensor: try give(named: [0: "class", 1: "storage", 5: "grad", 6: "hooks", 7: "attributes", 8: "base"])
    case .method: try give(named: [0: "function", 1: "self"])
    case .builtinMethod: try give(named: [0: "self"])
    case .weakReference: try give(named: [0: "target"])
    case .enumeration: try give(named: [0: "class", 2: "value"])
    case .reduced: try give(named: [0: "function", 1: "arguments", 2: "state"])
    case .generator: try give(named: [1: "class", 2: "bits", 3: "state"])
    case .plainList, .plainTuple, .stretch, .byteArray, .bigBytes, .named, .constant, .opaque, .storage, .memory: break
    }
  }

  private func forEachItem(ofDict node: Int, _ body: (Edge) throws(GraphFault) -> Void) throws(GraphFault) {
    let keys = try parts(of: field(2, of: node), node)
    let held = try parts(of: field(3, of: node), node)
    guard keys.count == held.count else { throw GraphFault(nil, "node \(node) has \(keys.count) keys and \(held.count) values") }
    var keyed: [(key: Int, value: PlainValue)] = []
    for (key, value) in zip(keys, held) {
      if case .integer(let object) = key {
        keyed.append((object, value))
      } else if case .integer(let target) = value {
        try body(Edge(label: .item(key), target: target))
      }
    }
    for (number, pair) in keyed.enumerated() {
      try body(Edge(label: .key(number), target: pair.key))
      if case .integer(let target) = pair.value { try body(Edge(label: .valueOfKey(number, key: pair.key), target: target)) }
    }
  }

  private func references(in value: PlainValue, _ node: Int) throws(GraphFault) -> [PlainValue] {
    try parts(of: value, node).filter { if case .integer = $0 { true } else { false } }
  }

  private func parts(of value: PlainValue, _ node: Int) throws(GraphFault) -> ArraySlice<PlainValue> {
    guard let parts = values.parts(of: value) else { throw GraphFault(nil, "node \(node) has one value in place of several") }
    return parts
  }
}
