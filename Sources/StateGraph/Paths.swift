/// The path from a root to every node, as a programmer would write it; `python/flor/state/paths.py` finds the same ones.
///
/// The cheapest path counts: a step by name costs less than one by number, so that a parameter is `model.fc.weight` and not
/// `optimizer.param_groups[0]['params'][4]`. Dial's algorithm: the costs are small integers.
public struct Paths: Sendable {
  private struct Step {
    var from: Int
    var label: Edge.Label
  }

  private let graph: StateGraph
  private var steps: [Step?]
  private var rootLabels: [Int: String] = [:]

  public init(of graph: StateGraph) {
    self.graph = graph
    steps = Array(repeating: nil, count: graph.nodeCount)
    var cost = Array(repeating: Int.max, count: graph.nodeCount)
    var waiting: [[Int]] = [[]]
    for root in graph.roots where rootLabels[root.node] == nil {
      rootLabels[root.node] = root.label
      cost[root.node] = 0
      waiting[0].append(root.node)
    }
    var level = 0
    while level < waiting.count {
      var next = 0
      while next < waiting[level].count {  // grows while it is walked
        let node = waiting[level][next]
        next += 1
        if cost[node] == level { follow(node, &cost, &waiting) }
      }
      waiting[level] = []
      level += 1
    }
  }

  private mutating func follow(_ node: Int, _ cost: inout [Int], _ waiting: inout [[Int]]) {
    // A graph's edges were found sound when it was made.
    try? graph.forEachEdge(of: node) { edge in
      let price = cost[node] + price(of: edge.label, from: node)
      guard price < cost[edge.target] else { return }
      cost[edge.target] = price
      steps[edge.target] = Step(from: node, label: edge.label)
      while waiting.count <= price { waiting.append([]) }
      waiting[price].append(edge.target)
    }
  }

  private func price(of label: Edge.Label, from node: Int) -> Int {
    switch label {
    case .part(let name): Self.unspoken.contains(name) ? 0 : name == "grad" ? 1 : 4
    case .attribute(let name): holdsParts(name, node) ? 0 : 1
    case .item: 1
    case .numberedPart(let name, _): Self.unspoken.contains(name) ? 0 : 4
    case .index: 4
    case .key, .valueOfKey: 5
    }
  }

  /// A module keeps what its users write as attributes in dicts of these names.
  private func holdsParts(_ name: PlainValue, _ node: Int) -> Bool {
    graph.kind(of: node) == .instance && graph.values.text(of: name).map(Self.dictsOfParts.contains) ?? false
  }

  private static let dictsOfParts: Set = ["_modules", "_parameters", "_buffers"]
  /// What nobody writes: the memory under a tensor, the payload of an object that is a dict as well, a stretch of items.
  private static let unspoken: Set = ["storage", "memory", "payload", "items"]
}

// MARK: - In words

extension Paths {
  /// Of a longer path only the end is told: a list that is linked through a million objects has a path of a million steps.
  private static let longestPath = 48

  /// Nil where no root leads there.
  public subscript(node: Int) -> String? { text(of: node, isKey: false) }

  /// That of a key is told without its scope, and without keys.
  private func text(of node: Int, isKey: Bool) -> String? {
    var (node, way): (Int, [Step]) = (node, [])
    while let step = steps[node], way.count < Self.longestPath {
      way.append(step)
      node = step.from
    }
    guard steps[node] == nil || way.count == Self.longestPath else { return nil }
    var text = steps[node] == nil ? rootLabels[node] : "…"
    var scope = rootLabels[node].flatMap { steps[node] == nil ? Self.scope(ofRoot: $0) : nil }
    if isKey, scope != nil { scope = "" }
    for step in way.reversed() {
      guard let here = text else { return nil }
      if case .attribute(let name) = step.label, holdsParts(name, step.from) {
        scope = here + "."
        continue
      }
      if case .item(let key) = step.label, let inScope = scope, let name = graph.values.text(of: key) {
        text = inScope + name
      } else {
        text = here + spelled(step.label, from: step.from, isKey: isKey)
      }
      scope = nil
    }
    return text
  }

  private func spelled(_ label: Edge.Label, from node: Int, isKey: Bool) -> String {
    switch label {
    case .index(let number): "[\(number)]"
    case .item(let key): "[\(graph.literal(key))]"
    case .key(let number): "[\(number). key]"
    case .valueOfKey(let number, let key):
      "[\((isKey ? nil : text(of: key, isKey: true)) ?? "key \(number)")]"
    case .attribute(let name): ".\(graph.values.text(of: name) ?? "?")"
    case .part(let name):
      if Self.unspoken.contains(name) { "" } else { (graph.kind(of: node).hasAttributes ? "." : " ") + name }
    case .numberedPart(let name, let number): Self.unspoken.contains(name) ? "" : " \(name) \(number)"
    }
  }

  /// What the names in a root that is a scope are written after; a script's own globals need no word.
  private static func scope(ofRoot label: String) -> String? {
    let words = label.split(separator: " ", maxSplits: 2).map(String.init)
    switch (words.first, words.last) {
    case ("module", "__main__"), ("saved", "objects"): return ""
    case ("module", let name?): return "\(name)."
    case ("frame", let name?) where words.count == 3: return "\(name.split(separator: ":").last ?? "")() "
    default: return nil
    }
  }
}

extension NodeKind {
  fileprivate var hasAttributes: Bool { [.instance, .classObject, .tensor].contains(self) }
}

extension StateGraph {
  /// An atom as Python would write it, near enough to be read.
  fileprivate func literal(_ value: PlainValue) -> String {
    switch value {
    case .none: "None"
    case .boolean(let value): value ? "True" : "False"
    case .integer(let value): String(value)
    case .longInteger: "a large integer"
    case .complex, .complexType: "a complex number"
    case .real(let value): String(value)
    case .text: "'\(values.text(of: value) ?? "")'"
    case .bytes(let range): "\(range.count) bytes"
    // An integer of the program is a tuple of itself, so that it is no reference.
    case .tuple, .list: values.parts(of: value)?.first.map(wrapped) ?? "()"
    }
  }

  private func wrapped(_ value: PlainValue) -> String {
    if case .integer(let value) = value { String(value) } else { "…" }
  }
}

extension StateGraph {
  /// By a leaf's number, the path of the object that owns it.
  public func leafOwners() -> [Int: String] {
    let paths = Paths(of: self)
    var owners: [Int: String] = [:]
    for node in 0..<nodeCount {
      if let leaf = leaf(of: node), owners[leaf] == nil { owners[leaf] = paths[node] ?? "an object" }
    }
    return owners
  }
}
