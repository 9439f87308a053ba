// Solves an instance with one of LEMON's algorithms and prints the objective,
// the pairs and the CPU seconds of the solve alone.
//
//   lemon ns|cs|cas|mwm INSTANCE.bin [INSTANCE.tier]
//
// ns network simplex, cs cost scaling, cas capacity scaling: as a flow in which
// each student sends one unit to a device, or past all of them. mwm: maximum
// weighted matching of a general graph, without tiers.
#include <lemon/capacity_scaling.h>
#include <lemon/cost_scaling.h>
#include <lemon/matching.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Arc {
  uint32_t student, device, score;
};

struct Instance {
  int students = 0, devices = 0;
  std::vector<Arc> arcs;
  std::vector<unsigned char> tiers;
  long long step = 0;  // weight of a tier

  long long weight(const Arc &a) const { return a.score + (step ? step * tiers[a.student] : 0); }
};

struct Answer {
  long long objective = 0, pairs = 0;
  double seconds = 0;
};

double cpu() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

template <typename T>
bool fill(FILE *f, T *into, size_t n) {
  return fread(into, sizeof(T), n, f) == n;
}

bool read(const char *path, const char *tiers, Instance &in) {
  FILE *f = fopen(path, "rb");
  uint32_t head[3];
  if (!f || !fill(f, head, 3)) return false;
  in.students = head[0];
  in.devices = head[1];
  in.arcs.resize(head[2]);
  if (!fill(f, in.arcs.data(), in.arcs.size())) return false;
  fclose(f);
  if (!tiers) return true;
  in.tiers.resize(in.students);
  in.step = std::min(in.students, in.devices) * 1000000LL + 1;
  f = fopen(tiers, "rb");
  if (!f || !fill(f, in.tiers.data(), in.tiers.size())) return false;
  fclose(f);
  return true;
}

Answer matching(const Instance &in) {
  typedef lemon::SmartGraph Graph;
  Graph g;
  g.reserveNode(in.students + in.devices);
  g.reserveEdge(in.arcs.size());
  for (int i = 0; i < in.students + in.devices; i++) g.addNode();
  Graph::EdgeMap<int> weight(g);
  for (const Arc &a : in.arcs) weight[g.addEdge(g.nodeFromId(a.student), g.nodeFromId(in.students + a.device))] = a.score;
  Answer out;
  double from = cpu();
  lemon::MaxWeightedMatching<Graph, Graph::EdgeMap<int>> solver(g, weight);
  solver.run();
  out.seconds = cpu() - from;
  for (Graph::EdgeIt e(g); e != lemon::INVALID; ++e) {  // matchingWeight would overflow an int
    if (solver.matching(e)) {
      out.objective += weight[e];
      out.pairs++;
    }
  }
  return out;
}

typedef lemon::StaticDigraph Flow;

template <typename Solver>
Answer flow(const Instance &in) {
  const int past = in.students + in.devices;  // the node of those who go without
  std::vector<std::pair<int, int>> ends;
  std::vector<long long> costs;
  size_t at = 0;
  for (int i = 0; i < in.students; i++) {
    for (; at < in.arcs.size() && in.arcs[at].student == uint32_t(i); at++) {
      ends.push_back({i, in.students + int(in.arcs[at].device)});
      costs.push_back(-in.weight(in.arcs[at]));
    }
    ends.push_back({i, past});
    costs.push_back(0);
  }
  for (int d = 0; d < in.devices; d++) {
    ends.push_back({past, in.students + d});
    costs.push_back(0);
  }
  Flow g;
  g.build(past + 1, ends.begin(), ends.end());
  Flow::ArcMap<long long> cost(g);
  Flow::ArcMap<int> upper(g, 1);
  Flow::NodeMap<int> supply(g, 0);
  for (size_t a = 0; a < costs.size(); a++) cost[g.arc(a)] = costs[a];
  for (int i = 0; i < in.students; i++) supply[g.node(i)] = 1;
  for (int d = 0; d < in.devices; d++) supply[g.node(in.students + d)] = -1;
  supply[g.node(past)] = in.devices - in.students;
  Answer out;
  double from = cpu();
  Solver solver(g);
  solver.upperMap(upper).costMap(cost).supplyMap(supply);
  if (solver.run() != Solver::OPTIMAL) {
    fprintf(stderr, "no optimum\n");
    exit(1);
  }
  out.seconds = cpu() - from;
  for (size_t a = 0; a < costs.size(); a++) {
    if (costs[a] < 0 && solver.flow(g.arc(a))) {
      out.objective -= costs[a];
      out.pairs++;
    }
  }
  return out;
}

}  // namespace

int main(int argc, char **argv) {
  Instance in;
  if (argc < 3 || !read(argv[2], argc > 3 ? argv[3] : nullptr, in)) {
    fprintf(stderr, "lemon ns|cs|cas|mwm INSTANCE.bin [INSTANCE.tier]\n");
    return 2;
  }
  const std::string algorithm = argv[1];
  Answer out;
  if (algorithm == "mwm") out = matching(in);
  else if (algorithm == "cs") out = flow<lemon::CostScaling<Flow, int, long long>>(in);
  else if (algorithm == "cas") out = flow<lemon::CapacityScaling<Flow, int, long long>>(in);
  else out = flow<lemon::NetworkSimplex<Flow, int, long long>>(in);
  printf("{\"objective\": %lld, \"pairs\": %lld, \"seconds\": %.4f}\n", out.objective, out.pairs, out.seconds);
}
