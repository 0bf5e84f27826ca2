import RunModel
public import RunStore

/// `crash.json`, written once, when an exception has come out of the script.
public struct CrashFile {
  private let run: RunDirectory
  private let store: RunStore

  public init(of run: RunDirectory, in store: RunStore) {
    (self.run, self.store) = (run, store)
  }

  /// `json` is an object with what `Crash` has but the checkpoint. No checkpoint is being written any more.
  public func write(_ json: String) throws(StoreError) {
    let checkpoint = try store.checkpoints(of: run).last.map(String.init) ?? "null"
    let text = JSONObjectText.inserting([("checkpoint", checkpoint)], into: json)
    try store.fileSystem.writeDurably(SealedJSON.seal(text), to: run.crash)
  }
}
