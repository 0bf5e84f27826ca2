import Testing

@testable import Catalogue

@Suite struct RunConditionTests {
  @Test(arguments: [
    ("lr=0.1", "0.10", true), ("lr!=0.1", "0.10", false), ("lr<0.1", "0.05", true), ("lr <= 1e-3", "0.001", true),
    ("lr>9", "10", true),
    ("name>9", "ten", true), ("name=ada", "ada", true), ("name~da", "ada", true), ("name~xy", "ada", false),
    ("lr=nan", "nan", false),
    ("note=a=b", "a=b", true), ("lr>=0.2", "0.1", false),
  ])
  func numbersAreComparedAsNumbersAndTextsAsTexts(condition: String, found: String, holds: Bool) throws {
    #expect(try RunCondition(condition).holds(for: RunValue(found)) == holds)
  }

  @Test func whatIsNotThereIsOnlySomethingElse() throws {
    #expect(try !RunCondition("lr=0.1").holds(for: nil))
    #expect(try !RunCondition("lr<0.1").holds(for: nil))
    #expect(try RunCondition("lr!=0.1").holds(for: nil))
  }

  @Test(arguments: ["", "lr", "=3", "lr 3"])
  func whatIsNoConditionIsRefused(text: String) {
    #expect(throws: CatalogueError.self) { try RunCondition(text) }
  }

  @Test func notANumberIsTheLastOfTheNumbers() {
    #expect(["b", "nan", "2", "10", "a"].map { RunValue($0) }.sorted().map(\.text) == ["2", "10", "nan", "a", "b"])
  }
}

@Suite struct ScriptArgumentsTests {
  @Test(arguments: [
    (["t.py", "--lr", "0.1", "--name=ada"], ["lr": "0.1", "name": "ada"]),
    (["t.py", "--flag", "--shift", "-0.5", "-v"], ["flag": "true", "shift": "-0.5", "v": "true"]),
    (["t.py", "model.width=64", "data.txt", "a b=c"], ["model.width": "64"]),
    (["t.py", "--", "x", "--lr=", "-"], ["lr": ""]),
    ([], [:]),
  ])
  func namedArgumentsAreFoundWithoutAParser(argv: [String], values: [String: String]) {
    #expect(ScriptArguments(argv).values == values)
  }
}
