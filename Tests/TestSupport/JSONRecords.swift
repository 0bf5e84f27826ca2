import FoundationEssentials
public import RunStore

/// JSON for the store, as the command line has it.
public struct JSONRecords: RecordDecoding {
  public init() {}

  public func decode<Record: Decodable>(_ type: Record.Type, from json: [UInt8]) throws -> Record {
    try JSONDecoder().decode(type, from: Data(json))
  }
}
