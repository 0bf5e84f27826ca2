public import RunModel

/// What a crash left in a run's folder that no reader looks at (invariant 7).
public struct RunLeavings {
  /// Absolute; of a run that never began, its folder.
  public let paths: [String]

  public init(of run: RunDirectory, in store: RunStore) {
    paths = Self.neverBegan(run, in: store) ? [run.path] : Self.temporary(run, in: store) + Self.orphans(run, in: store)
  }

  /// A folder without header and checkpoints is what a crash at the very start leaves: no run, and not damaged.
  public static func neverBegan(_ run: RunDirectory, in store: RunStore) -> Bool {
    let hasHeader = (try? store.fileSystem.status(of: run.header)) != nil
    let checkpoints = (try? store.checkpoints(of: run)) ?? []
    return !hasHeader && checkpoints.isEmpty
  }

  private static func temporary(_ run: RunDirectory, in store: RunStore) -> [String] {
    [run.path, run.checkpoints, run.packs, run.sources, run.originals, run.blobs].flatMap { folder in
      // A folder that is not there, or cannot be read, has nothing that one could say is of no use.
      ((try? store.fileSystem.names(in: folder)) ?? []).sorted().filter { $0.hasSuffix(".tmp") }.map { "\(folder)/\($0)" }
    }
  }

  /// Packs that no manifest needs. A damaged manifest may need any.
  private static func orphans(_ run: RunDirectory, in store: RunStore) -> [String] {
    do throws(StoreError) {
      var needed: Set<Int> = []
      for number in try store.checkpoints(of: run) {
        needed.formUnion(try store.manifest(number, of: run).leaves.flatMap { $0.versions.map(\.pack) })
      }
      let names = (try? store.fileSystem.names(in: run.packs)) ?? []
      let numbers = names.compactMap(RunDirectory.checkpoint(named:)).sorted()
      return numbers.filter { !needed.contains($0) }.map(run.pack)
    } catch {
      return []
    }
  }
}
