import RunModel

/// Holds the log files of a run, those of its replays included, to the invariants of docs/logging.md.
struct LogCheck {
  let run: RunDirectory
  let store: RunStore
  /// The process that the run is of; nil where the header does not tell.
  let pid: Int?

  func check(_ report: inout CheckReport) {
    do {
      var checked: Set<ContentHash> = []
      for file in try RunLog(run, in: store).files() { check(file, &checked, &report) }
    } catch {
      report.add(101, run.relative(run.log), "\(error)")
    }
  }

  private func check(_ file: RunLog.File, _ checked: inout Set<ContentHash>, _ report: inout CheckReport) {
    let path = run.relative(file.path)
    do {
      let bytes = try store.fileSystem.contents(of: file.path)
      var decoder = LogDecoder()
      var blobs: [LoggedBlob] = []
      let ending = try bytes.withUnsafeBytes { bytes in
        try decoder.decode(bytes) { entry, _ in
          if case .blob(let blob) = entry.value { blobs.append(blob) }
        }
      }
      report.byteCount += decoder.byteCount
      if case .torn(let byteCount, let reason) = ending {
        check(tail: bytes.suffix(byteCount), of: decoder, reason, path, isOfReplay: file.replay != nil, &report)
      }
      for blob in blobs { check(blob, in: path, &checked, &report) }
    } catch let fault as LogFault {
      report.add(fault.invariant, path, fault.description)
    } catch {
      report.add(101, path, "\(error)")
    }
  }

  /// What a killed process leaves is no damage; what lies before whole blocks, or ends a file that was closed, is.
  private func check(
    tail: ArraySlice<UInt8>, of decoder: LogDecoder, _ reason: String, _ path: String, isOfReplay: Bool, _ report: inout CheckReport
  ) {
    let isClosed = report.end != nil && !isOfReplay && decoder.process?.pid == pid
    let hasMore = tail.withUnsafeBytes { LogDecoder.hasWholeBlock($0.dropFirst()) }
    let what = "\(tail.count) bytes from byte \(decoder.byteCount) on: \(reason)"
    if isClosed || hasMore {
      report.add(101, path, what)
    } else {
      report.leavings.append("\(path), its last \(what)")
    }
  }

  private func check(_ blob: LoggedBlob, in path: String, _ checked: inout Set<ContentHash>, _ report: inout CheckReport) {
    if let itemBytes = blob.itemByteCount, blob.dimensions.reduce(itemBytes, { $0 &* $1 }) != blob.byteCount {
      report.add(105, path, "an array \(blob.dimensions) of \(blob.itemType) has \(blob.byteCount) bytes")
    }
    guard checked.insert(blob.hash).inserted else { return }
    let file = run.blob(blob.hash)
    do throws(StoreError) {
      let bytes = try store.fileSystem.contents(of: file)
      report.byteCount += bytes.count
      if bytes.count != blob.byteCount || ContentHash(of: bytes) != blob.hash {
        report.add(104, run.relative(file), "its \(bytes.count) bytes are not the \(blob.byteCount) that were logged")
      }
    } catch {
      report.add(104, run.relative(file), "it is missing: \(error)")
    }
  }
}
