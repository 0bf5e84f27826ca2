/// One leaf of a checkpoint: where its bytes lie and what they are.
public struct LeafRecord: Hashable, Sendable {
  /// Of the bytes as they are in the program, however they are stored.
  public var hash: ContentHash
  public var byteCount: Int
  /// The number of the checkpoint that wrote the pack.
  public var pack: Int
  public var offset: Int
  /// What it takes of the pack.
  public var storedByteCount: Int
  public var encoding: LeafEncoding

  /// `storedByteCount` is `byteCount` where it is not given.
  public init(
    hash: ContentHash, byteCount: Int, pack: Int, offset: Int, storedByteCount: Int? = nil, encoding: LeafEncoding = .raw
  ) {
    self.hash = hash
    self.byteCount = byteCount
    self.pack = pack
    self.offset = offset
    self.storedByteCount = storedByteCount ?? byteCount
    self.encoding = encoding
  }

  /// What has to be read to have the leaf, in that order: the leaf itself last.
  public var versions: [LeafRecord] {
    if case .difference(_, let earlier) = encoding { return earlier.versions + [self] }
    return [self]
  }
}

/// How a leaf's bytes are stored in its pack.
public indirect enum LeafEncoding: Hashable, Sendable {
  case raw
  /// Byte planes of items of so many bytes.
  case planes(itemBytes: Int)
  /// Byte planes of what the items differ from those of another leaf of the same length.
  case difference(itemBytes: Int, from: LeafRecord)
}

/// What a committed checkpoint holds: its position, as the JSON that was recorded, and its leaves, the graph first.
public struct CheckpointManifest: Hashable, Sendable {
  /// One line of JSON: a `CheckpointPosition`. Text, because in the script's process Python reads it.
  public var positionJSON: String
  public var leaves: [LeafRecord]

  public init(positionJSON: String, leaves: [LeafRecord]) {
    self.positionJSON = positionJSON
    self.leaves = leaves
  }

  public var graph: LeafRecord? { leaves.first }

  /// The bytes that this checkpoint was the first to need, if its number is `number`.
  public func ownByteCount(number: Int) -> Int {
    Set(leaves.filter { $0.pack == number }).reduce(0) { $0 + $1.storedByteCount }
  }
}

/// Where in the program a checkpoint was taken, and what was known of the run by then.
public struct CheckpointPosition: Codable, Hashable, Sendable {
  public enum Exit: String, Codable, Sendable {
    case normal
    case `break`
    case `return`
  }

  public var checkpoint: Int
  public var site: LoopSite
  /// Counts the executions of the site from 0 over the whole run.
  public var execution: Int
  /// How the execution ended; nil where it had not.
  public var exit: Exit?
  /// How many iterations lay behind a loop that was between two of them; nil where it had ended.
  public var iteration: Int?
  /// What was open around such a loop, the outermost first.
  public var around: [OpenExecution]?
  /// What the execution had taken.
  public var seconds: Double
  /// By file: how many executions of each loop had begun, as pairs of ordinal and count.
  public var counters: [String: [[Int]]]
  /// By file: the functions that ran in this execution, by their ordinals.
  public var ran: [String: [Int]]
  public var statistics: [SiteStatistics]
  /// The length of `output.ops` when the execution began.
  public var opsBegan: Int?
  /// The length of `output.ops`.
  public var ops: Int
  public var stdout: Int?
  /// Of `output.ops`, `sources.jsonl` and `sites.jsonl`.
  public var output: FileContents?
  public var sources: FileContents?
  public var sites: FileContents?
  /// Earlier checkpoints that could not be written; their numbers are not used again.
  public var givenUp: [Int]?
  /// Large leaves, as the graph numbers them, whose memory held other bytes at the checkpoint before.
  public var volatile: [Int]?

  enum CodingKeys: String, CodingKey {
    case checkpoint, site, execution, exit, iteration, around, seconds, counters, ran, statistics, ops, stdout, output
    case sources, sites, volatile
    case opsBegan = "ops_began"
    case givenUp = "given_up"
  }
}

/// `[path, ordinal, execution, iteration]`: an execution of a loop or a function that is open.
public struct OpenExecution: Codable, Hashable, Sendable {
  public var site: LoopSite
  public var execution: Int
  /// The iteration that runs; nil of a function, and of a loop whose iterations nobody counts.
  public var iteration: Int?

  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    site = LoopSite(path: try values.decode(String.self), ordinal: try values.decode(Int.self))
    execution = try values.decode(Int.self)
    iteration = try values.decodeNil() ? nil : values.decode(Int.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(site.path)
    try values.encode(site.ordinal)
    try values.encode(execution)
    try values.encode(iteration)
  }
}

/// The beginning of a file that grows, as it was when something else of the run was written.
public struct FileContents: Codable, Hashable, Sendable {
  public var bytes: Int
  public var hash: ContentHash
}
