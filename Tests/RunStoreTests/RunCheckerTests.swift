import RunModel
import RunStore
import TestSupport
import Testing

/// One file is damaged, one finding is expected: the invariant's, naming that file.
@Suite struct RunCheckerTests {
  @Test func `A run as the page describes it is sound`() throws {
    let report = try SampleRun().check()
    #expect(report.findings == [])
    #expect(report.leavings == [])
    #expect(report.checkpoints == 3)
    #expect(report.leaves == 5)
  }

  @Test func `Invariant 1: a missing format is reported and nothing else is read`() throws {
    try expectFinding(1, "format") { sample in try sample.store.fileSystem.remove(sample.run.format) }
  }

  @Test func `Invariant 1: a higher format is refused, not guessed at`() throws {
    try expectFinding(1, "format") { sample in
      try sample.write("florpy-run 9\n", to: sample.run.format)
      try sample.write("junk", to: sample.run.header)
    }
  }

  @Test func `Invariant 2: a header cut short is reported`() throws {
    try expectFinding(2, "run.json") { sample in try truncate(sample.run.header, by: 1) }
  }

  @Test func `Invariant 2: checkpoints without a header are reported`() throws {
    try expectFinding(2, "run.json") { sample in try sample.store.fileSystem.remove(sample.run.header) }
  }

  @Test func `Invariant 4: a flipped bit in a manifest is reported`() throws {
    try expectFinding(4, "checkpoints/000002") { sample in try flip(sample.run.manifest(2), byte: 40) }
  }

  @Test func `Invariant 4: a manifest cut short is reported`() throws {
    try expectFinding(4, "checkpoints/000003") { sample in try truncate(sample.run.manifest(3), by: 1) }
  }

  @Test func `Invariant 4: a manifest under another's name is reported`() throws {
    try expectFinding(4, "checkpoints/000003") { sample in
      let bytes = try sample.store.fileSystem.contents(of: sample.run.manifest(2))
      try sample.store.fileSystem.writeDurably(bytes, to: sample.run.manifest(3))
    }
  }

  @Test func `Invariant 5: a flipped bit in a pack is one finding, however many checkpoints share the leaf`() throws {
    try expectFinding(5, "packs/000001") { sample in try flip(sample.run.pack(1), byte: 100) }
  }

  @Test func `Invariant 5: a pack cut short is reported`() throws {
    try expectFinding(5, "packs/000002") { sample in try truncate(sample.run.pack(2), by: 1) }
  }

  @Test func `Invariant 5: a missing pack is reported`() throws {
    try expectFinding(5, "packs/000002") { sample in try sample.store.fileSystem.remove(sample.run.pack(2)) }
  }

  @Test func `Invariant 5: a leaf in a later checkpoint's pack is reported`() throws {
    try expectFinding(5, "checkpoints/000001") { sample in
      let manifest = try sample.store.manifest(3, of: sample.run)
      try sample.writeManifest(1, [manifest.leaves[0]])
    }
  }

  @Test func `Invariant 6: a manifest that is gone is reported`() throws {
    try expectFinding(6, "checkpoints/000002") { sample in
      try sample.store.fileSystem.remove(sample.run.manifest(2))
    }
  }

  @Test func `Invariant 8: a changed source is reported`() throws {
    let path = "sources/" + ContentHash(of: SampleRun.source).hex
    try expectFinding(8, path) { sample in try flip(sample.run.path + "/" + path, byte: 3) }
    try expectFinding(8, path) { sample in try truncate(sample.run.path + "/" + path, by: 1) }
    try expectFinding(8, path) { sample in try sample.store.fileSystem.remove(sample.run.path + "/" + path) }
  }

  @Test func `Invariant 9: a byte that begins no record is reported`() throws {
    try expectFinding(9, "output.ops") { sample in try flip(sample.run.output, byte: 16) }
  }

  @Test func `Invariant 9: output that ends before a checkpoint's is reported`() throws {
    try expectFinding(9, "output.ops") { sample in try truncate(sample.run.output, by: 1) }
  }

  @Test func `Invariant 9: an ops inside a record is reported`() throws {
    try expectFinding(9, "checkpoints/000001") { sample in
      try sample.writeManifest(1, try sample.store.manifest(1, of: sample.run).leaves, ops: 9)
    }
  }

  @Test func `Invariant 9: an ops that goes back is reported`() throws {
    try expectFinding(9, "checkpoints/000003") { sample in
      try sample.writeManifest(3, try sample.store.manifest(3, of: sample.run).leaves, ops: 8)
    }
  }

  @Test func `Invariant 11: an end that is cut short is reported`() throws {
    try expectFinding(11, "end.json") { sample in try truncate(sample.run.end, by: 2) }
  }

  @Test func `Invariant 11: a last checkpoint that is gone is missed by the end`() throws {
    try expectFinding(11, "end.json") { sample in try sample.store.fileSystem.remove(sample.run.manifest(3)) }
  }

  @Test func `Invariant 11: output that was written after the end is reported`() throws {
    try expectFinding(11, "output.ops") { sample in
      let bytes = try sample.store.fileSystem.contents(of: sample.run.output)
      try sample.store.fileSystem.writeDurably(bytes + SampleRun.record("more"), to: sample.run.output)
    }
  }

  @Test func `Invariant 13: an original that is gone or changed is reported`() throws {
    let original = Array("before".utf8)
    let hash = ContentHash(of: original)
    let line = #"{"path":"/home/ada/log.txt","existed":true,"kind":"file","bytes":6,"mode":420,"kept":"\#(hash.hex)"}"# + "\n"
    let sound = try SampleRun()
    try sound.keep(original, line)
    #expect(sound.check().findings == [])
    try expectFinding(13, "originals/\(hash.hex)") { sample in
      try sample.keep(original, line)
      try flip(sample.run.original(hash), byte: 2)
    }
    try expectFinding(13, "originals/\(hash.hex)") { sample in try sample.write(line, to: sample.run.touchedFiles) }
    try expectFinding(13, "files.jsonl") { sample in try sample.write("{\"path\":1}\n", to: sample.run.touchedFiles) }
  }

  @Test(arguments: [
    Array("graph".utf8), SamplePickle.graph(version: 3), SamplePickle.graph(roots: [("module x", 0)]),
    SamplePickle.graph(nodes: [.tuple([.text("M"), .tuple([.int(4)]), .none, .int(1)])]),
  ])
  func `Invariant 14: what is no graph, or names a leaf that is not there, is reported`(graph: [UInt8]) throws {
    try expectFinding(14, "checkpoints/000003") { sample in try sample.replaceLastGraph(by: graph) }
  }

  @Test func `Invariant 14: a volatile leaf that is not there is reported`() throws {
    try expectFinding(14, "checkpoints/000003") { sample in
      let manifest = try sample.store.manifest(3, of: sample.run)
      let position = manifest.positionJSON.dropLast() + #","volatile":[0,1]}"#
      let text = ManifestText.encode(CheckpointManifest(positionJSON: String(position), leaves: manifest.leaves))
      try sample.store.fileSystem.writeDurably(text, to: sample.run.manifest(3))
    }
  }

  @Test(arguments: [#"{"short":4}"#, #"{"short":-1}"#, #"{"short":9223372036854775807,"stopped":9223372036854775807}"#])
  func `Invariant 15: more executions passed over than there were are reported`(passedOver: String) throws {
    try expectFinding(15, "end.json") { sample in
      let counts = #""executions":3,"seconds":1,"checkpoints":3,"skippable":true,"passed_over":\#(passedOver)"#
      let entry = #"{"site":["train.py",3],\#(counts)}"#
      let end = SampleJSON.end(checkpoints: 3, ops: 24).replacing(#""statistics":[]"#, with: #""statistics":[\#(entry)]"#)
      try sample.store.fileSystem.writeDurably(SealedJSON.seal(end), to: sample.run.end)
    }
  }

  @Test func `Torn tails are no findings`() throws {
    let sample = try SampleRun()
    let output = try sample.store.fileSystem.contents(of: sample.run.output)
    try sample.store.fileSystem.writeDurably(output + SampleRun.record("torn").dropLast(), to: sample.run.output)
    try sample.write(SampleJSON.source("train.py", SampleRun.source) + #"{"path":"mod"#, to: sample.run.sourceIndex)
    #expect(sample.check().findings == [])
  }

  @Test func `What a crash leaves is told apart from damage`() throws {
    let sample = try SampleRun()
    try sample.write("half", to: sample.run.pack(4))
    try sample.write("half", to: sample.run.manifest(4) + ".tmp")
    let report = sample.check()
    #expect(report.findings == [])
    #expect(report.leavings == ["checkpoints/000004.tmp", "packs/000004"])
  }

  @Test func `A folder in which no run began is not damaged`() throws {
    let sample = try SampleRun()
    let never = sample.store.directory(of: RunID(secondsSince1970: 0, nanoseconds: 0, random: 1))
    try sample.store.fileSystem.makeDirectory(never.path)
    let report = RunChecker(never, in: sample.store, decoder: JSONRecords()).check()
    #expect(report.findings == [])
    #expect(report.leavings == ["."])
  }

  @Test func `Invariant 19: a crash that is not whole, or knows another last checkpoint, is reported`() throws {
    let sealed = SealedJSON.seal(SampleJSON.crash(checkpoint: 3))
    let sound = try SampleRun()
    try sound.store.fileSystem.writeDurably(sealed, to: sound.run.crash)
    #expect(sound.check().findings == [])
    try expectFinding(19, "crash.json") { sample in
      try sample.store.fileSystem.writeDurably(sealed, to: sample.run.crash)
      try flip(sample.run.crash, byte: 30)
    }
    for checkpoint in [2, 4] {
      try expectFinding(19, "crash.json") { sample in
        try sample.store.fileSystem.writeDurably(SealedJSON.seal(SampleJSON.crash(checkpoint: checkpoint)), to: sample.run.crash)
      }
    }
    try expectFinding(19, "crash.json") { sample in
      try sample.store.fileSystem.writeDurably(SealedJSON.seal(#"{"checkpoint":3}"#), to: sample.run.crash)
    }
  }

  @Test func `A run whose process was killed is sound without an end`() throws {
    let sample = try SampleRun()
    try sample.store.fileSystem.remove(sample.run.end)
    #expect(sample.check().findings == [])
  }
}

private func expectFinding(
  _ invariant: Int, _ path: String, after damage: (SampleRun) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let sample = try SampleRun()
  try damage(sample)
  let found = sample.check().findings
  #expect(found.map(\.invariant) == [invariant], "\(found)", sourceLocation: sourceLocation)
  #expect(found.map(\.path) == [path], "\(found)", sourceLocation: sourceLocation)
}

private func flip(_ path: String, byte: Int) throws {
  var bytes = try PosixFileSystem().contents(of: path)
  bytes[byte] ^= 1
  try PosixFileSystem().writeDurably(bytes, to: path)
}

private func truncate(_ path: String, by byteCount: Int) throws {
  try PosixFileSystem().writeDurably(try PosixFileSystem().contents(of: path).dropLast(byteCount), to: path)
}

extension SampleRun {
  fileprivate func keep(_ original: [UInt8], _ line: String) throws {
    try store.fileSystem.makeDirectory(run.originals)
    try store.fileSystem.writeDurably(original, to: run.original(ContentHash(of: original)))
    try write(line, to: run.touchedFiles)
  }
}
