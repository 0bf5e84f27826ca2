import Glibc
import ReaderFuzzing
import RunModel
import RunStore
import TestSupport

/// `FuzzReaders SECONDS SEED FIRST RUN…`: damages the runs, which are folders, again and again. Where a reader crashes, or takes
/// more memory than there may be, so does this; the trial's number is in the file `progress` beside it.
@main
struct FuzzReaders {
  private static let mostMemoryBytes: UInt = 2 << 30

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 4, let seconds = Int(arguments[1]), let seed = UInt64(arguments[2]), let first = UInt64(arguments[3])
    else {
      print("usage: FuzzReaders SECONDS SEED FIRST RUN…")
      exit(64)
    }
    var limit = rlimit(rlim_cur: mostMemoryBytes, rlim_max: mostMemoryBytes)
    guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { throw ErrorNumber.current }
    let fuzzes = try arguments[4...].map(fuzz)
    let progress = try PosixFileSystem().openFully("progress", for: .replacing)
    let end = time(nil) + seconds
    var trial = first
    while time(nil) < end || trial == first {
      pwrite(progress, [UInt8]("\(seed) \(trial)\n".utf8), "\(seed) \(trial)\n".utf8.count, 0)
      fuzzes[Int(trial % UInt64(fuzzes.count))].tryOnce(using: SeededGenerator(state: seed &+ trial &* 0x9E37_79B9))
      trial += 1
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print(
      "\(trial - first) trials from \(first) on, seed \(seed), in \(seconds) s: no crash; at most \(usage.ru_maxrss / 1024) MiB")
  }

  private static func fuzz(_ path: String) throws -> ReaderFuzz {
    guard let name = path.split(separator: "/").last, let run = RunID(name) else {
      print("`\(path)` is no run's folder")
      exit(64)
    }
    return try ReaderFuzz(RunDirectory(path: path, run: run), decoder: JSONRecords())
  }
}
