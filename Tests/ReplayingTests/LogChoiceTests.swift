import Testing

@testable import Replaying

@Suite struct LogChoiceTests {
  @Test(arguments: [
    (LogChoice.Some.last(3), 10, [7, 8, 9]),
    (.last(3), 2, [0, 1]),
    (.last(3), 0, []),
    (.evenly(3), 10, [0, 5, 9]),
    (.evenly(10), 200, [0, 22, 44, 66, 88, 111, 133, 155, 177, 199]),
    (.evenly(1), 10, [9]),
    (.evenly(20), 3, [0, 1, 2]),
    (.evenly(1), 0, []),
  ])
  func whichIterationsAreMeant(some: LogChoice.Some, count: Int, expected: [Int]) {
    #expect(LogChoice.ordinals(some, of: count) == expected)
  }

  @Test func aNumberOrALoopWithANumber() {
    #expect(LogChoice("3", LogChoice.Some.last)?.inWords == "`--last 3`")
    #expect(LogChoice("epoch=10", LogChoice.Some.evenly)?.inWords == "`--sample epoch=10`")
    #expect(["", "0", "epoch", "epoch=", "a=b=3"].allSatisfy { LogChoice($0, LogChoice.Some.last) == nil })
  }
}
