import Testing

@testable import Catalogue

@Suite struct UnifiedDiffTests {
  @Test func textsThatAreTheSameHaveNone() {
    #expect(UnifiedDiff("a\nb\n", "a\nb\n", oldName: "o", newName: "n").text == nil)
  }

  @Test func aChangedLineIsShownWithThreeAround() {
    let old = (1...9).map { "line \($0)" }.joined(separator: "\n") + "\n"
    let diff = UnifiedDiff(old, old.replacing("line 5", with: "other"), oldName: "o", newName: "n")
    #expect(
      diff.text == """
        --- o
        +++ n
        @@ -2,7 +2,7 @@
         line 2
         line 3
         line 4
        -line 5
        +other
         line 6
         line 7
         line 8
        """)
  }

  @Test func changesThatAreFarApartAreHunksOfTheirOwn() {
    let old = (1...30).map(String.init).joined(separator: "\n")
    let diff = UnifiedDiff(old, "0\n" + old.replacing("\n30", with: ""), oldName: "o", newName: "n")
    let heads = diff.text?.split(separator: "\n").filter { $0.hasPrefix("@@") }
    #expect(heads == ["@@ -1,3 +1,4 @@", "@@ -27,4 +28,3 @@"])
  }

  @Test func aFileThatIsNewIsAllAdded() {
    #expect(UnifiedDiff("", "a\n", oldName: "o", newName: "n").text == "--- o\n+++ n\n@@ -0,0 +1,1 @@\n+a")
  }
}
