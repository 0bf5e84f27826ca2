// A page that supervisor and host share, so that the host knows how many bytes have left it on stdout, by whatever way.
//
//   supervisor                     host
//   sequence 7 (odd)
//   read(pipe) = n                 sequence odd: wait
//   read_bytes += n
//   sequence 8 (even)              sequence 8, read_bytes, FIONREAD of the pipe, sequence still 8: the sum is exact
//
// A terminal has no FIONREAD that can be trusted (its bytes pass through a kernel work queue), so there the host asks, and the
// supervisor answers once it has read until nothing is left.
#ifndef FLORPY_OUTPUT_PAGE_H
#define FLORPY_OUTPUT_PAGE_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

typedef struct OutputPage OutputPage;

/// Maps the page of a memory file that `process_memory_file` made with OUTPUT_PAGE_BYTES; null on failure.
OutputPage *_Nullable output_page_map(int descriptor);
void output_page_unmap(OutputPage *page);
enum { OUTPUT_PAGE_BYTES = 4096 };

/// Supervisor: read(2), counted in the page. Only where `poll` has said that it will not wait: the host waits while this reads.
ssize_t output_page_read(OutputPage *page, int descriptor, void *buffer, size_t capacity);

/// Supervisor: the question to answer now, to be taken before the last look at the descriptor; 0 where none is open.
uint64_t output_page_question(const OutputPage *page);
void output_page_answer(OutputPage *page, uint64_t question);

/// Host: bytes so far, those still in the pipe included; -1 where the pipe can't be asked.
int64_t output_page_total_pipe(const OutputPage *page, int channel);
/// Host: the same by asking the supervisor.
int64_t output_page_total_ask(OutputPage *page, int questions);

/// Supervisor: what it reads is nobody's, until the host says otherwise.
void output_page_hide(OutputPage *page);
int output_page_is_hidden(const OutputPage *page);
/// Host: what is written from here on is seen. Everything before it has to have been read: ask first.
void output_page_show(OutputPage *page);

#pragma clang assume_nonnull end
#endif
