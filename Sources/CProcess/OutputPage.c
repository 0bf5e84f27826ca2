#include "OutputPage.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct OutputPage {
  _Atomic uint64_t sequence;
  _Atomic uint64_t read_bytes;
  _Atomic uint64_t asked;
  _Atomic uint64_t answered;
  _Atomic int hidden;
};

OutputPage *output_page_map(int descriptor) {
  void *page = mmap(NULL, OUTPUT_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return page == MAP_FAILED ? NULL : page;
}

void output_page_unmap(OutputPage *page) { munmap(page, OUTPUT_PAGE_BYTES); }

ssize_t output_page_read(OutputPage *page, int descriptor, void *buffer, size_t capacity) {
  atomic_fetch_add(&page->sequence, 1);
  ssize_t count = read(descriptor, buffer, capacity);
  int failure = errno;
  if (count > 0) atomic_fetch_add(&page->read_bytes, (uint64_t)count);
  atomic_fetch_add(&page->sequence, 1);
  errno = failure;
  return count;
}

uint64_t output_page_question(const OutputPage *page) {
  uint64_t asked = atomic_load(&page->asked);
  return asked == atomic_load(&page->answered) ? 0 : asked;
}

void output_page_hide(OutputPage *page) { atomic_store(&page->hidden, 1); }

int output_page_is_hidden(const OutputPage *page) { return atomic_load(&page->hidden); }

void output_page_show(OutputPage *page) { atomic_store(&page->hidden, 0); }

void output_page_answer(OutputPage *page, uint64_t question) { atomic_store(&page->answered, question); }

// The other side needs a processor to get on: give ours away first, then sleep a little.
static void wait_a_moment(unsigned round) {
  if (round < 64) {
    sched_yield();
  } else {
    nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
  }
}

int64_t output_page_total_pipe(const OutputPage *page, int channel) {
  for (unsigned round = 0;; round++) {
    uint64_t before = atomic_load(&page->sequence);
    if (!(before & 1)) {
      uint64_t read_bytes = atomic_load(&page->read_bytes);
      int waiting = 0;
      if (ioctl(channel, FIONREAD, &waiting)) return -1;
      if (atomic_load(&page->sequence) == before) return (int64_t)(read_bytes + (uint64_t)waiting);
    }
    wait_a_moment(round);
  }
}

int64_t output_page_total_ask(OutputPage *page, int questions) {
  uint64_t question = atomic_fetch_add(&page->asked, 1) + 1;
  if (write(questions, &(uint64_t){1}, sizeof(uint64_t)) != sizeof(uint64_t)) return -1;
  for (unsigned round = 0; atomic_load(&page->answered) < question; round++) wait_a_moment(round);
  return (int64_t)atomic_load(&page->read_bytes);
}
