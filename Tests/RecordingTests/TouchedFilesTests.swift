import FoundationEssentials
import Glibc
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Recording

/// What `files.jsonl` and `originals/` say of files that are about to change.
@Suite struct TouchedFilesTests {
  private let folder: TemporaryFolder
  private let run: RunDirectory
  private let files: TouchedFiles

  init() throws {
    folder = try TemporaryFolder()
    let store = RunStore(path: folder.path + "/.flor")
    run = store.directory(of: RunID(secondsSince1970: 0, nanoseconds: 0, random: 1))
    try store.make()
    try store.fileSystem.makeDirectory(run.path)
    files = TouchedFiles(run: run, store: store.path)
  }

  private func write(_ text: String, _ name: String) throws {
    try PosixFileSystem().writeWhole(Array(text.utf8), to: "\(folder.path)/\(name)", synchronized: false)
  }

  private func lines() throws -> [TouchedFile] {
    guard let text = try? PosixFileSystem().contents(of: run.touchedFiles) else { return [] }
    return try JSONLines.split(text).map { try JSONDecoder().decode(TouchedFile.self, from: Data($0)) }
  }

  private var place: String { FilePath.resolved(folder.path) ?? folder.path }

  @Test func `A file is kept as it was, once`() throws {
    try write("before", "log.txt")
    files.willChangeContent(of: "\(folder.path)/log.txt")
    try write("after", "log.txt")
    files.willChangeContent(of: "\(folder.path)/./log.txt")
    let found = try lines()
    #expect(found.map(\.path) == ["\(place)/log.txt"])
    #expect(found.first?.kind == .file)
    #expect(found.first?.bytes == 6)
    let hash = try #require(found.first?.kept)
    #expect(try PosixFileSystem().contents(of: run.original(hash)) == Array("before".utf8))
    #expect(files.finish())
  }

  @Test func `What is not there is said not to be`() throws {
    files.willChangeContent(of: "\(folder.path)/new \"one\".txt")
    files.willChange(name: "\(folder.path)/folder/")
    #expect(try lines() == ["new \"one\".txt", "folder"].map { TouchedFile(path: "\(place)/\($0)", existed: false) })
  }

  @Test func `A change through a link is one of the file that it leads to`() throws {
    try write("text", "a")
    symlink("a", "\(folder.path)/link")
    files.willChangeContent(of: "\(folder.path)/link")
    files.willChange(name: "\(folder.path)/link")
    let found = try lines()
    #expect(found.map(\.path) == ["\(place)/a", "\(place)/link"])
    #expect(found.map(\.kind) == [.file, .link])
    #expect(found.last?.target == "a")
  }

  @Test func `A folder that moves is kept with all that lies in it`() throws {
    mkdir("\(folder.path)/old", 0o700)
    try write("1", "old/a")
    try write("2", "old/b")
    files.willChangeTree("\(folder.path)/old")
    #expect(Set(try lines().map(\.path)) == ["\(place)/old", "\(place)/old/a", "\(place)/old/b"])
    #expect(try lines().compactMap(\.kept).count == 2)
  }

  @Test func `What lies in the store is ours`() throws {
    files.willChangeContent(of: run.header)
    #expect(try lines() == [])
  }

  @Test func `A file that cannot be copied disturbs nobody`() throws {
    try write("in the way", ".flor/runs/\(run.run.text)/originals")
    try write("before", "log.txt")
    files.willChangeContent(of: "\(folder.path)/log.txt")
    #expect(try lines().first?.existed == true)
    #expect(try lines().first?.kept == nil)
  }
}
