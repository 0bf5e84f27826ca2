import CProcess
import Glibc

/// How many bytes have left this process and its children on standard output (`OutputPage.h`).
struct OutputMeter {
  private let page: OpaquePointer
  private let channel: Int32?
  private let questions: Int32?

  /// Nil where standard output is closed, or where the page cannot be mapped.
  init?(_ order: HostOrder) {
    guard let descriptor = order.pageDescriptor, let page = output_page_map(descriptor) else { return nil }
    close(descriptor)
    self.page = page
    channel = order.channelDescriptor
    questions = order.questionsDescriptor
    for kept in [channel, questions].compactMap(\.self) {
      // Programs that the script starts must not have them; and a fork that closes its own output shall not keep the
      // pipe open.
      _ = process_set_close_on_exec(kept)
      process_close_in_forked_children(kept)
    }
  }

  /// What is written from here on is seen. Everything that this process has written before has to have left its buffers.
  func show() {
    if let questions { _ = output_page_total_ask(page, questions) }
    output_page_show(page)
  }

  /// -1 where it cannot be known, since the script closed descriptors that were not its own.
  var total: Int64 {
    if let channel { return output_page_total_pipe(page, channel) }
    if let questions { return output_page_total_ask(page, questions) }
    return -1
  }
}
