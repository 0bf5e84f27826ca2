import Testing

@testable import Launching

@Suite struct PythonInstallationTests {
  private func facts(_ change: (inout PythonInstallation.Facts) -> Void = { _ in }) -> PythonInstallation.Facts {
    var facts = PythonInstallation.Facts(
      implementation: "cpython", version: "3.11.2", flags: "", executable: "/usr/bin/python3", prefix: "/usr",
      libraryFolder: "/usr/lib", multiarch: "x86_64-linux-gnu",
      libraryNames: ["libpython3.11.so.1.0", "libpython3.11.so"])
    change(&facts)
    return facts
  }

  private func installation(_ facts: PythonInstallation.Facts, files: Set<String>) throws -> PythonInstallation {
    try PythonInstallation(facts, at: "python3") { files.contains($0) }
  }

  @Test func theLibraryOfDebianLiesInTheFolderOfTheArchitecture() throws {
    let path = "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0"
    #expect(try installation(facts(), files: [path]).libpython == path)
  }

  @Test func theNameThatPythonWasLinkedWithIsPreferred() throws {
    let files: Set = ["/usr/lib/libpython3.11.so", "/usr/lib/libpython3.11.so.1.0"]
    #expect(try installation(facts(), files: files).libpython == "/usr/lib/libpython3.11.so.1.0")
  }

  @Test func aStaticBuildMayComeWithTheSharedLibrary() throws {
    let conda = facts { facts in
      (facts.prefix, facts.libraryFolder, facts.multiarch) = ("/opt/conda", "/build/lib", "")
      facts.libraryNames = ["libpython3.11.a", "libpython3.11.a"]
    }
    let path = "/opt/conda/lib/libpython3.11.so.1.0"
    #expect(try installation(conda, files: [path, "/opt/conda/lib/libpython3.11.a"]).libpython == path)
  }

  @Test func aBuildWithoutTheLibraryIsRefusedWithTheFoldersSearched() {
    let error = #expect(throws: LaunchError.self) { try installation(facts(), files: []) }
    #expect(error?.code == .noUsablePython)
    #expect(error?.message.contains("/usr/lib/x86_64-linux-gnu") == true)
    #expect(error?.hint.contains("apt install libpython3.11") == true)
  }

  @Test(arguments: ["3.9.18", "3.14.0", "2.7.18", ""])
  func versionsThatAreNotServedAreRefused(_ version: String) {
    let error = #expect(throws: LaunchError.self) {
      try installation(facts { $0.version = version }, files: ["/usr/lib/libpython3.11.so.1.0"])
    }
    #expect(error?.message.contains("Python \(version), which florpy does not support") == true)
  }

  @Test func otherImplementationsAndFreeThreadedBuildsAreRefused() {
    #expect(throws: LaunchError.self) { try installation(facts { $0.implementation = "pypy" }, files: []) }
    let error = #expect(throws: LaunchError.self) {
      try installation(facts { ($0.version, $0.flags) = ("3.13.0", "t") }, files: [])
    }
    #expect(error?.message.contains("free-threaded") == true)
  }
}

@Suite struct PythonFolderTests {
  @Test func anInstalledTreeIsLookedAtBeforeACheckout() {
    let candidates = PythonFolder.candidates(beside: "/opt/florpy/bin/florpy")
    #expect(candidates.first == "/opt/florpy/share/florpy/python")
    #expect(candidates.contains("/opt/florpy/python"))
    #expect(candidates.last == "/opt/python")
  }
}
