#include "daemon/submission/real_clock.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/rand.h>

namespace referrald::submission {
namespace {

namespace asio = boost::asio;

class SteadyTimer final : public Timer {
 public:
  explicit SteadyTimer(const asio::any_io_executor& executor) : timer_(executor) {}

  asio::awaitable<bool> wait_until(SteadyTime time) override {
    timer_.expires_at(time);
    const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !error;
  }

  void wake() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

class RealClock final : public Clock {
 public:
  explicit RealClock(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  WallTime wall() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  std::unique_ptr<Timer> timer() override { return std::make_unique<SteadyTimer>(executor_); }

 private:
  asio::any_io_executor executor_;
};

class RealRandom final : public Random {
 public:
  double uniform() override {
    std::array<unsigned char, 8> bytes{};
    take(bytes);
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data(), sizeof bits);
    return static_cast<double>(bits >> 11U) * 0x1.0p-53;  // as many bits as a double holds
  }

  std::string uuid() override {
    std::array<unsigned char, 16> bytes{};
    take(bytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);  // version 4
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);  // RFC 4122
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
      text += digits[bytes[i] >> 4U];
      text += digits[bytes[i] & 0x0FU];
    }
    return text;
  }

 private:
  // From a buffer: one call of the library for each uuid would show at ten thousand a second.
  void take(std::span<unsigned char> out) {
    if (used_ + out.size() > pool_.size()) {
      if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1) {
        throw std::runtime_error("the system's source of randomness does not answer");
      }
      used_ = 0;
    }
    std::memcpy(out.data(), pool_.data() + used_, out.size());
    used_ += out.size();
  }

  std::array<unsigned char, 4096> pool_{};
  std::size_t used_ = pool_.size();
};

}  // namespace

std::unique_ptr<Clock> make_clock(asio::any_io_executor executor) {
  return std::make_unique<RealClock>(std::move(executor));
}

std::unique_ptr<Random> make_random() {
  return std::make_unique<RealRandom>();
}

}  // namespace referrald::submission
