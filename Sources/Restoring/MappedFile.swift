import Glibc
import RunStore

/// A file's bytes in memory, for reading, for as long as this lives.
final class MappedFile {
  let bytes: UnsafeRawBufferPointer

  init(_ path: String) throws(ErrorNumber) {
    bytes = try PosixFileSystem().withDescriptor(of: path, for: .reading) { descriptor throws(ErrorNumber) in
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .current }
      let byteCount = Int(status.st_size)
      // An empty mapping is an error to mmap.
      if byteCount == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
      guard let base = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
        throw .current
      }
      return UnsafeRawBufferPointer(start: base, count: byteCount)
    }
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }
}
