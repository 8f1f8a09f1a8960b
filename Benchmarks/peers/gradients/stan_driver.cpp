// Microseconds for one log density with its gradient in Stan, compiled: stan_driver DATA.json
// As Stan's sampler evaluates it: without constants, with the Jacobians. One JSON object. Link it with the C++
// that stanc writes for the program.
#include <stan/math/rev.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/log_prob_grad.hpp>
#include <stan/model/model_base.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <vector>

stan::model::model_base& new_model(
    stan::io::var_context& data, unsigned int seed, std::ostream* messages);

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  stan::json::json_data data(file);
  stan::model::model_base& model = new_model(data, 1, &std::cerr);
  size_t n = model.num_params_r();
  Eigen::VectorXd q(n), gradient(n);
  for (size_t i = 0; i < n; i++) q[i] = 0.2 * std::sin(i + 1.0);
  double value = 0;
  auto pass = [&](long evaluations) {
    auto start = std::chrono::steady_clock::now();
    for (long k = 0; k < evaluations; k++)
      value = stan::model::log_prob_grad<true, true>(model, q, gradient, nullptr);
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    return 1e6 * time.count() / evaluations;
  };
  long evaluations = std::max(10L, (long)(1e5 / pass(10)));
  std::vector<double> times;
  for (int k = 0; k < 5; k++) times.push_back(pass(evaluations));
  std::sort(times.begin(), times.end());
  std::printf("{\"us\": %.6g, \"value\": %.17g, \"gradient\": [", times[2], value);
  for (size_t i = 0; i < n; i++) std::printf("%s%.17g", i ? ", " : "", gradient[i]);
  std::printf("]}\n");
}
