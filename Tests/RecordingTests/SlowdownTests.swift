import Testing

@testable import Recording

@Suite struct SlowdownTests {
  /// At `seconds`, with what threads 1 and 2 have waited until then.
  private func sample(_ seconds: Double, _ waiting: [Int: Double]?, writer: Double = 0) -> Slowdown.Sample {
    Slowdown.Sample(seconds: seconds, waitingSeconds: waiting, writerSeconds: writer)
  }

  @Test func `What threads wait while the writer works is lost`() {
    var slowdown = Slowdown(from: sample(0, [1: 5, 2: 7]))
    slowdown.begins(sample(10, [1: 5, 2: 7]))
    #expect(abs(slowdown.ends(sample(12, [1: 5.25, 2: 7.5], writer: 1)) - 0.75) < 1e-9)
  }

  @Test func `What they wait at other times is not`() {
    var slowdown = Slowdown(from: sample(0, [1: 0]))
    slowdown.begins(sample(10, [1: 1]))
    #expect(abs(slowdown.ends(sample(12, [1: 1.5], writer: 1)) - 0.3) < 1e-9)
    slowdown.begins(sample(22, [1: 2.5]))
    #expect(slowdown.ends(sample(24, [1: 2.6], writer: 2)) == 0)
  }

  @Test func `It is no more than the writer was at the processor`() {
    var slowdown = Slowdown(from: sample(0, [1: 0]))
    slowdown.begins(sample(10, [1: 0], writer: 3))
    #expect(slowdown.ends(sample(12, [1: 2], writer: 3.5)) == 0.5)
  }

  @Test func `Where the system does not tell, it is all of that`() {
    var slowdown = Slowdown(from: sample(0, nil))
    slowdown.begins(sample(10, nil, writer: 3))
    #expect(slowdown.ends(sample(12, nil, writer: 3.5)) == 0.5)
  }

  @Test func `Threads come and go`() {
    var slowdown = Slowdown(from: sample(0, [1: 0, 2: 9]))
    slowdown.begins(sample(10, [1: 0]))
    #expect(slowdown.ends(sample(12, [1: 0.5, 3: 0.25], writer: 1)) == 0.75)
  }

  @Test func `The system tells of this process`() throws {
    let first = ThreadTimes.sample()
    var sum = 0
    for number in 0..<2_000_000 { sum &+= number }
    let second = ThreadTimes.sample()
    #expect(sum > 0 && second.seconds > first.seconds && second.writerSeconds > first.writerSeconds)
    #expect(try #require(second.waitingSeconds).values.allSatisfy { $0 >= 0 })
  }
}
