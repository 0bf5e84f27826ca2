import RunModel
import RunStore
import TestSupport
import Testing

@Suite struct RunModelTests {
  @Test(arguments: [
    (0, 0, 0, "19700101-000000-000000"), (951_782_399, 999_999_999, 0xABCDEF, "20000228-235959-fffdef"),
    (951_782_400, 250_000_000, 0x0F, "20000229-000000-40000f"), (1_767_323_045, 0, 0xFF00_BEEF, "20260102-030405-000eef"),
    (4_107_542_400, 244_141, 1, "21000301-000000-001001"),
  ])
  func `A run is named for the moment it began`(seconds: Int, nanoseconds: Int, random: Int, name: String) {
    let run = RunID(secondsSince1970: seconds, nanoseconds: nanoseconds, random: UInt32(random))
    #expect(run.text == name)
    #expect(RunID(name) == run)
  }

  @Test func `Of two runs in one second the later one sorts later, whatever is drawn`() {
    let earlier = RunID(secondsSince1970: 0, nanoseconds: 400_000_000, random: 0xFFF)
    #expect(earlier < RunID(secondsSince1970: 0, nanoseconds: 400_250_000, random: 0))
  }

  @Test(arguments: ["", "20260102-030405", "20260102-030405-abcdeg", "2026010-0304050-abcdef", "20260102-030405-ABCDEF"])
  func `Other names are none of runs`(name: String) {
    #expect(RunID(name) == nil)
  }

  @Test func `Hashes are those of XXH3, big-endian`() {
    // XXH3_128bits of no bytes, as `xxhsum -H2` prints it.
    #expect(ContentHash(of: []).hex == "99aa06d3014798d86001c324468d497f")
    #expect(ContentHash(hex: "99aa06d3014798d86001c324468d497f") == ContentHash(of: []))
    #expect(ContentHash(hex: "99AA06D3014798D86001C324468D497F") == nil)
  }

  @Test func `A stream of pieces has the hash of the whole`() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * $0) }
    var stream = HashStream()
    for start in stride(from: 0, to: bytes.count, by: 700) {
      bytes[start..<min(start + 700, bytes.count)].withUnsafeBytes { stream.update($0) }
    }
    #expect(stream.hash == ContentHash(of: bytes))
  }

  @Test func `A header is read, whatever else a later version put in it`() throws {
    let run = RunID(secondsSince1970: 0, nanoseconds: 0, random: 7)
    let header = try JSONRecords().decode(RunHeader.self, from: Array(SampleJSON.header(run).utf8))
    #expect(header.run == run)
    #expect(header.module == nil)
    #expect(header.environment["CUBLAS_WORKSPACE_CONFIG"] == .null)
  }

  @Test func `Sites are read as the page shows them`() throws {
    let json = """
      {"kind":"loop","path":"train.py","ordinal":3,"line":41,"column":4,"function":"train","statement":"for",\
      "refusal":null}
      """
    let record = try JSONRecords().decode(SiteRecord.self, from: Array(json.utf8))
    #expect(record.site == LoopSite(path: "train.py", ordinal: 3))
    let function = #"{"kind":"function","path":"train.py","ordinal":5,"line":33,"column":0,"function":"train"}"#
    #expect(try JSONRecords().decode(SiteRecord.self, from: Array(function.utf8)).kind == .function)
  }

  @Test func `A position is read as the page shows it`() throws {
    let json = SampleJSON.position(checkpoint: 12, ops: 8812)
    let position = try JSONRecords().decode(CheckpointPosition.self, from: Array(json.utf8))
    #expect(position.checkpoint == 12)
    #expect(position.site == LoopSite(path: "train.py", ordinal: 3))
    #expect(position.counters == ["train.py": [[3, 12]]])
    #expect(position.givenUp == nil)
  }
}
