import Launching
import Testing

@testable import Replaying

@Suite struct OrderedOutputTests {
  @Test func theFrontIsPassedOnAsItComesAndTheRestWhenItsTurnComes() {
    let (sent, output) = recorded(segments: 3)
    var merged = output
    merged.append(Array("c".utf8), .output, to: 2)
    merged.append(Array("a".utf8), .output, to: 0)
    #expect(sent.text == "a")
    merged.append(Array("b".utf8), .error, to: 1)
    merged.complete(0)
    #expect(sent.text == "aB")
    merged.complete(2)
    #expect(sent.text == "aB" && !merged.isComplete)
    merged.complete(1)
    #expect(sent.text == "aBc" && merged.isComplete)
  }

  @Test func whatWasPassedOnOfASegmentIsNotRepeated() {
    let (sent, output) = recorded(segments: 2)
    var merged = output
    merged.append(Array("abc".utf8), .output, to: 0)
    merged.append(Array("x".utf8), .error, to: 0)
    merged.restart(0)
    merged.append(Array("ab".utf8), .output, to: 0)
    merged.append(Array("xy".utf8), .error, to: 0)
    merged.append(Array("cd".utf8), .output, to: 0)
    #expect(sent.text == "abcXYd")
    // A third time, and what the second added is not repeated either.
    merged.restart(0)
    merged.append(Array("abcde".utf8), .output, to: 0)
    #expect(sent.text == "abcXYde")
  }

  @Test func whatLiesBehindTheProgramsEndIsThrownAway() {
    let (sent, output) = recorded(segments: 4)
    var merged = output
    for (segment, text) in ["a", "b", "c", "d"].enumerated() { merged.append(Array(text.utf8), .output, to: segment) }
    merged.end(with: 2)
    merged.end(with: 1)
    merged.complete(0)
    #expect(sent.text == "ab" && merged.isComplete)
  }
}

/// What was passed on, standard error in capitals.
private final class Sent {
  var text = ""
}

private func recorded(segments: Int) -> (Sent, OrderedOutput) {
  let sent = Sent()
  let output = OrderedOutput(segments: segments) { bytes, stream in
    let text = String(decoding: bytes, as: UTF8.self)
    sent.text += stream == .error ? text.uppercased() : text
  }
  return (sent, output)
}
