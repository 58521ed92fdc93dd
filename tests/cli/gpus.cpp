// `ggufit gpus` as a user relies on it, with stand-ins for the tools on the PATH and for the kernel's files.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "support/data.h"
#include "support/text.h"

using namespace ggufit::test;
using Json = nlohmann::json;

namespace {

/// A machine of its own: a folder of stand-in tools and a root for the kernel's files.
class System {
  public:
    explicit System(const std::string & name) : folder_(scratch() + "/" + name) {
        std::filesystem::create_directories(folder_ + "/bin");
        file("/proc/meminfo",
             "MemTotal:       65536000 kB\nMemAvailable:   60000256 kB\nSwapTotal:       8388608 kB\n"
             "SwapFree:        8388608 kB\n");
        std::string cpuinfo;
        for (int i = 0; i < 8; ++i) {  // two sockets of two cores with two threads each
            cpuinfo += "processor\t: " + std::to_string(i) +
                       "\nmodel name\t: Test CPU\nphysical id\t: " + std::to_string(i / 4) +
                       "\ncore id\t\t: " + std::to_string(i % 2) + "\n\n";
        }
        file("/proc/cpuinfo", cpuinfo);
    }

    /// A shell script; `body` may use the shell's own words and those of /bin and /usr/bin by their paths.
    System & tool(const std::string & name, const std::string & body) {
        const std::string path = folder_ + "/bin/" + name;
        std::ofstream(path, std::ios::binary) << "#!/bin/sh\nPATH=/usr/bin:/bin\n" << body << "\n";
        ::chmod(path.c_str(), 0755);
        return *this;
    }

    /// One that prints a fixture where its first argument starts like this, and nothing else.
    System & prints(const std::string & name, const std::string & argument, const std::string & fixture) {
        return tool(name, "case \"$1\" in " + argument + "*) cat '" + std::string(GGUFIT_TEST_DATA) + "/listings/" +
                              fixture + "';; esac");
    }

    System & file(const std::string & path, const std::string & text) {
        std::filesystem::create_directories(std::filesystem::path(folder_ + path).parent_path());
        std::ofstream(folder_ + path, std::ios::binary) << text;
        return *this;
    }

    [[nodiscard]] Run run(std::vector<std::string> words, const std::string & milliseconds = "20000") const {
        return ggufit::test::ggufit(words, {"PATH=" + folder_ + "/bin", "GGUFIT_SYSTEM_ROOT=" + folder_,
                                            "GGUFIT_TOOL_MILLISECONDS=" + milliseconds});
    }

    [[nodiscard]] Json json(const std::string & milliseconds = "20000") const {
        const Run found = run({"gpus", "--json"}, milliseconds);
        BOOST_TEST(found.exit_code == 0);
        BOOST_TEST(found.err == "");
        Json read = Json::parse(found.out, nullptr, false);
        BOOST_REQUIRE(read.is_object());
        return read;
    }

    [[nodiscard]] std::string path(const std::string & name) const { return folder_ + name; }

  private:
    std::string folder_;
};

std::string notesOf(const Json & found) { return found["notes"].dump(); }

const char * const kTwoCards = R"(case "$1" in
--query-gpu=*) echo 'index, uuid, name, memory.total [MiB], memory.used [MiB], memory.free [MiB], compute_cap, pcie.link.gen.max, pcie.link.width.max'
echo '0, GPU-a, NVIDIA GeForce RTX 5070 Ti, 16303 MiB, 3512 MiB, 12400 MiB, 12.0, 5, 8'
echo '1, GPU-b, NVIDIA GeForce RTX 4090, 24564 MiB, 600 MiB, 23500 MiB, 8.9, 4, 16';;
--query-compute-apps=*) echo 'gpu_uuid, process_name, used_gpu_memory [MiB]'
echo 'GPU-a, /usr/lib/firefox/firefox, 412 MiB'
echo 'GPU-b, /usr/bin/llama-server, 588 MiB';;
esac)";

const char * const kLlamaOrder = R"(echo 'Available devices:'
echo '  CUDA0: NVIDIA GeForce RTX 4090 (24080 MiB, 23580 MiB free)'
echo '  CUDA1: NVIDIA GeForce RTX 5070 Ti (15842 MiB, 12200 MiB free)')";

}  // namespace

BOOST_AUTO_TEST_CASE(a_machine_without_gpu_tools_is_described_and_is_no_error) {
    const System system("bare");
    const Json found = system.json();
    BOOST_TEST(found["devices"].empty());
    BOOST_TEST(found["ram"]["total_mib"] == 64000);
    BOOST_TEST(found["host"]["available_mib"] == 60000256 / 1024);
    BOOST_TEST(found["host"]["swap_total_mib"] == 8192);
    BOOST_TEST(found["host"]["n_cores"] == 4);
    BOOST_TEST(found["host"]["n_threads"] == 8);
    const Run shown = system.run({"gpus"});
    BOOST_TEST(holds(shown.out, "No GPU was found."), shown.out);
    BOOST_TEST(holds(shown.out, "--gpu or --machine"), shown.out);
}

BOOST_AUTO_TEST_CASE(nvidia_cards_come_with_their_links_and_what_holds_their_memory) {
    const Json found = System("nvidia").tool("nvidia-smi", kTwoCards).json();
    BOOST_REQUIRE(found["devices"].size() == 2U);
    const Json & first = found["devices"][0];
    BOOST_TEST(first["description"] == "NVIDIA GeForce RTX 5070 Ti");
    BOOST_TEST(first["reserved_mib"] == 3512);
    BOOST_TEST(first["compute_capability"] == "12.0");
    BOOST_TEST(first["pcie_gen"] == 5);
    BOOST_TEST(first["pcie_lanes"] == 8);
    BOOST_TEST(found["held"]["CUDA0"] == "firefox");
    // llama.cpp's own 588 of the 600 MiB are not what it has to leave to others
    BOOST_TEST(found["devices"][1]["reserved_mib"] == 600 - 588);
}

BOOST_AUTO_TEST_CASE(an_old_driver_that_knows_no_compute_cap_is_asked_again_without) {
    System system("old-driver");
    system.tool("nvidia-smi",
                std::string("case \"$1\" in *compute_cap*) echo 'Field \"compute_cap\" is not a valid field "
                            "to query.'; exit 2;; esac\n") +
                    kTwoCards);
    BOOST_TEST(system.json()["devices"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_order_and_the_free_memory_of_llama_server_count) {
    System system("order");
    system.tool("nvidia-smi", kTwoCards).tool("llama-server", kLlamaOrder);
    const Json found = system.json();
    BOOST_REQUIRE(found["devices"].size() == 2U);
    BOOST_TEST(found["devices"][0]["description"] == "NVIDIA GeForce RTX 4090");
    BOOST_TEST(found["devices"][0]["pcie_lanes"] == 16);
    BOOST_TEST(found["devices"][1]["free_mib"] == 12200);
    BOOST_TEST(found["devices"][1]["compute_capability"] == "12.0");
    BOOST_TEST(found["held"]["CUDA1"] == "firefox");
    BOOST_TEST(holds(notesOf(found), "CUDA_DEVICE_ORDER=PCI_BUS_ID"), notesOf(found));
    BOOST_TEST(holds(notesOf(found), "CUDA0 is its GPU 1"), notesOf(found));
}

BOOST_AUTO_TEST_CASE(a_named_llama_server_is_asked_and_a_missing_one_is_an_error) {
    System system("named");
    system.tool("mine", kLlamaOrder);
    const Run found = system.run({"gpus", "--llama-server", system.path("/bin/mine")});
    BOOST_TEST(holds(found.out, "Found by llama-server --list-devices"), found.out);
    const Run absent = system.run({"gpus", "--llama-server", system.path("/bin/absent")});
    BOOST_TEST(absent.exit_code == 3);
    BOOST_TEST(holds(absent.err, "absent: can't be run: No such file"), absent.err);
}

BOOST_AUTO_TEST_CASE(cards_of_amd_and_intel_are_found_by_their_tools) {
    const Json both = System("two-makers")
                          .tool("rocm-smi", "cat '" + std::string(GGUFIT_TEST_DATA) + "/listings/rocm_smi.json'")
                          .prints("xpu-smi", "discovery", "xpu_smi_discovery.json")
                          .json();
    BOOST_REQUIRE(both["devices"].size() == 2U);
    BOOST_TEST(both["devices"][0]["description"].get<std::string>().ends_with("Radeon RX 7900 XT"));
    BOOST_TEST(both["devices"][0]["total_mib"] == 21458059264 / 1048576);
    BOOST_TEST(holds(both["devices"][1]["description"], "A770"));
    const Json newer = System("amd-smi").prints("amd-smi", "static", "amd_smi_static.txt").json();
    BOOST_REQUIRE(newer["devices"].size() == 1U);
    BOOST_TEST(newer["devices"][0]["reserved_mib"] == 1230);
}

BOOST_AUTO_TEST_CASE(without_tools_the_kernel_names_amd_cards) {
    const std::string card = "/sys/class/drm/card1/device/";
    System system("kernel");
    system.file(card + "vendor", "0x1002\n").file(card + "device", "0x744c\n");
    system.file(card + "mem_info_vram_total", "25753026560\n").file(card + "mem_info_vram_used", "1073741824\n");
    system.file("/sys/class/drm/card1-DP-1/status", "connected\n");
    system.file("/usr/share/misc/pci.ids",
                "# list\n1002  Advanced Micro Devices, Inc. [AMD/ATI]\n\t744b  Other\n"
                "\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]\n\t\t1002 0e3b  Board\n10de  NVIDIA\n");
    const Json found = system.json();
    BOOST_REQUIRE(found["devices"].size() == 1U);
    BOOST_TEST(found["devices"][0]["total_mib"] == 25753026560 / 1048576);
    BOOST_TEST(found["devices"][0]["reserved_mib"] == 1024);
    BOOST_TEST(holds(found["devices"][0]["description"], "7900 XTX"), found["devices"][0].dump());
}

BOOST_AUTO_TEST_CASE(an_intel_card_whose_memory_the_kernel_does_not_tell_is_taken_by_its_name) {
    const auto plugIn = [](System & system, const std::string & card, const std::string & address) {
        const std::string device = "/sys/devices/" + address;
        system.file(device + "/vendor", "0x8086\n").file(device + "/device", "0xe20b\n");
        std::filesystem::create_directories(system.path("/sys/class/drm/" + card));
        std::filesystem::create_directory_symlink(system.path(device),
                                                  system.path("/sys/class/drm/" + card + "/device"));
    };
    System system("intel");
    plugIn(system, "card0", "0000:00:02.0");  // a processor's own graphics
    plugIn(system, "card1", "0000:03:00.0");
    system.file("/usr/share/misc/pci.ids", "8086  Intel Corporation\n\te20b  Battlemage G21 [Arc B580]\n");
    const Json found = system.json();
    BOOST_REQUIRE(found["devices"].size() == 1U);
    BOOST_TEST(found["devices"][0]["total_mib"] == 12 * 1024);
    BOOST_TEST(holds(notesOf(found), "says neither how much memory"), notesOf(found));

    System unnamed("intel-unnamed");
    plugIn(unnamed, "card0", "0000:03:00.0");
    const Json unknown = unnamed.json();
    BOOST_TEST(unknown["devices"].empty());
    BOOST_TEST(holds(notesOf(unknown), "does not say how much memory it has"), notesOf(unknown));
    BOOST_TEST(holds(notesOf(unknown), "--gpu"), notesOf(unknown));
}

BOOST_AUTO_TEST_CASE(in_a_container_its_limit_is_the_memory_that_there_is) {
    System second("container");
    second.file("/proc/self/cgroup", "0::/\n").file("/sys/fs/cgroup/memory.max", "17179869184\n");
    second.file("/sys/fs/cgroup/memory.current", "1073741824\n");
    const Json found = second.json();
    BOOST_TEST(found["ram"]["total_mib"] == 16384);
    BOOST_TEST(found["host"]["machine_mib"] == 64000);
    BOOST_TEST(found["host"]["available_mib"] == 15360);
    const Run shown = second.run({"gpus"});
    BOOST_TEST(holds(shown.out, "16,384 MiB, the limit of this container or service on a machine of 64,000 MiB"),
               shown.out);

    System first("container-v1");
    first.file("/proc/self/cgroup", "9:memory:/docker/ab\n0::/docker/ab\n");
    first.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "17179869184\n");
    BOOST_TEST(first.json()["ram"]["total_mib"] == 16384);
}

BOOST_AUTO_TEST_CASE(a_mac_s_chip_takes_its_part_of_the_memory) {
    System system("mac");
    std::filesystem::remove_all(system.path("/proc"));
    system.prints("system_profiler", "SPHardwareDataType", "system_profiler.txt");
    system.tool("sysctl", "echo 'hw.memsize: 17179869184'; echo 'hw.physicalcpu: 8'");
    const Json found = system.json();
    BOOST_REQUIRE(found["devices"].size() == 1U);
    BOOST_TEST(found["devices"][0]["backend"] == "Metal");
    BOOST_TEST(found["host"]["n_cores"] == 8);
    BOOST_TEST(found["devices"][0]["unified_memory"] == true);
}

BOOST_AUTO_TEST_CASE(a_llama_server_that_lists_no_gpu_is_said_and_the_cards_stay) {
    System system("cpu-build");
    system.tool("nvidia-smi", kTwoCards).tool("llama-server", "echo 'Available devices:'");
    const Json found = system.json();
    BOOST_TEST(found["devices"].size() == 2U);
    BOOST_TEST(holds(notesOf(found), "llama-server lists no GPU"), notesOf(found));
}

BOOST_AUTO_TEST_CASE(what_a_running_llama_server_holds_counts_as_free) {
    System system("running");
    system.tool("nvidia-smi", kTwoCards);
    system.tool("llama-server",
                "echo 'Available devices:'\n"
                "echo '  CUDA0: NVIDIA GeForce RTX 4090 (24080 MiB, 2000 MiB free)'");
    const Json found = system.json();
    BOOST_REQUIRE(found["devices"].size() == 1U);
    // 600 MiB are in use, 588 of them llama.cpp's; its own context takes 500 when it starts again
    BOOST_TEST(found["devices"][0]["free_mib"] == 24080 - (600 - 588) - 500);
    BOOST_TEST(holds(notesOf(found), "RTX 5070 Ti is not in llama-server's list"), notesOf(found));
}

BOOST_AUTO_TEST_CASE(save_without_a_name_writes_machine_json_here) {
    System system("unnamed");
    system.tool("nvidia-smi", kTwoCards);
    const Run saved = shell("cd '" + system.path("") + "'; PATH='" + system.path("/bin") + "' GGUFIT_SYSTEM_ROOT='" +
                            system.path("") + "' \"$GGUFIT\" gpus --save --json");
    BOOST_TEST(saved.exit_code == 0);
    std::ifstream in(system.path("/machine.json"));
    const Json kept = Json::parse(in, nullptr, false);
    BOOST_REQUIRE(kept.is_object());
    BOOST_TEST(kept["devices"] == Json::parse(saved.out, nullptr, false)["devices"]);
}

BOOST_AUTO_TEST_CASE(an_nvidia_card_without_its_tool_is_said) {
    System system("no-driver");
    system.file("/sys/class/drm/card0/device/vendor", "0x10de\n");
    const Json found = system.json();
    BOOST_TEST(found["devices"].empty());
    BOOST_TEST(holds(notesOf(found), "There is an NVIDIA card, but no nvidia-smi"), notesOf(found));
}

BOOST_AUTO_TEST_CASE(a_tool_that_hangs_is_stopped_with_what_it_started) {
    System system("slow");
    system.tool("nvidia-smi", "sleep 30 & echo $! > '" + system.path("/child") + "'\nsleep 30");
    const auto start = std::chrono::steady_clock::now();
    const Json found = system.json("1500");
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(15)));
    BOOST_TEST(holds(notesOf(found), "nvidia-smi did not answer within 1.5 seconds"), notesOf(found));
    std::ifstream child(system.path("/child"));
    std::string pid;
    child >> pid;
    BOOST_REQUIRE(!pid.empty());
    BOOST_TEST(shell("kill -0 " + pid + " && test \"$(cut -d' ' -f3 /proc/" + pid + "/stat)\" != Z").exit_code != 0);
}

BOOST_AUTO_TEST_CASE(a_tool_that_fails_is_quoted_without_its_escapes) {
    System system("failing");
    system.tool("nvidia-smi",
                "printf \"\\033[31mNVIDIA-SMI has failed because it couldn't communicate with the NVIDIA "
                "driver.\\n\"; exit 9");
    const Run shown = system.run({"gpus"});
    BOOST_TEST(shown.exit_code == 0);
    BOOST_TEST(holds(shown.out, "nvidia-smi failed with status 9"), shown.out);
    BOOST_TEST(holds(shown.out, "couldn't"), shown.out);
    BOOST_TEST(!holds(shown.out, "\033"));
}

BOOST_AUTO_TEST_CASE(endless_and_garbled_output_is_said_and_the_other_tools_still_count) {
    System system("garbled");
    system.tool("nvidia-smi", "yes").tool("amd-smi", "head -c 5000 /dev/zero; printf '\\377\\376{[['");
    system.prints("xpu-smi", "discovery", "xpu_smi_discovery.json");
    system.tool("llama-server", "kill -11 $$");
    const Json found = system.json();
    BOOST_TEST(found["devices"].size() == 1U);
    BOOST_TEST(holds(notesOf(found), "nvidia-smi printed more than 1 MiB"), notesOf(found));
    BOOST_TEST(holds(notesOf(found), "What amd-smi prints can't be read"), notesOf(found));
    BOOST_TEST(holds(notesOf(found), "ended by signal 11"), notesOf(found));
}

BOOST_AUTO_TEST_CASE(what_is_saved_is_what_plans_read_and_keeps_what_was_learned) {
    System system("saving");
    system.tool("nvidia-smi", kTwoCards);
    const std::string file = system.path("/machine.json");
    std::ofstream(file)
        << R"({"name": "box", "devices": [], "ram": "32GB DDR5-6000 2ch", "calibration": {"decode": 0.9}})";
    const Run saved = system.run({"gpus", "--save", file});
    BOOST_TEST(saved.exit_code == 0);
    BOOST_TEST(holds(saved.out, "Wrote "), saved.out);
    std::ifstream in(file);
    const Json kept = Json::parse(in, nullptr, false);
    BOOST_TEST(kept["name"] == "box");
    BOOST_TEST(kept["calibration"]["decode"] == 0.9);
    BOOST_TEST(kept["ram"]["total_mib"] == 64000);
    BOOST_TEST(holds(kept["ram"]["memory"], "DDR5-6000"));
    BOOST_TEST(kept["devices"].size() == 2U);
    const std::string model = sparseModel("qwen3-14b-q4_k_m");
    BOOST_TEST(system.run({"plan", model, "--machine", file}).exit_code == 0);

    const std::string other = system.path("/notes.txt");
    std::ofstream(other) << "mine";
    const Run refused = system.run({"gpus", "--save", other});
    BOOST_TEST(refused.exit_code == 3);
    BOOST_TEST(holds(refused.err, "no machine file"), refused.err);
    std::ifstream untouched(other);
    std::string text;
    untouched >> text;
    BOOST_TEST(text == "mine");
}

BOOST_AUTO_TEST_CASE(a_plan_without_a_machine_takes_this_one_and_says_so) {
    System system("planning");
    system.tool("nvidia-smi", kTwoCards);
    const std::string model = sparseModel("qwen3-14b-q4_k_m");
    const Run planned = system.run({"plan", model, "--json"});
    BOOST_TEST(planned.exit_code == 0);
    BOOST_TEST(holds(planned.out, "No machine was described, so this one was taken: CUDA0 NVIDIA GeForce RTX 5070 Ti"));
    const Run given = system.run({"plan", model, "--json", "--gpu", "RTX 3090"});
    BOOST_TEST(!holds(given.out, "No machine was described"));
    BOOST_TEST(!holds(given.out, "5070"));
}

BOOST_AUTO_TEST_CASE(a_relative_folder_of_the_path_is_not_searched) {
    System system("relative");
    system.tool("nvidia-smi", kTwoCards);
    const Run found = shell("cd '" + system.path("/bin") + "'; GGUFIT_SYSTEM_ROOT=" + system.path("") +
                            " PATH=.: \"$GGUFIT\" gpus --json");
    BOOST_TEST(Json::parse(found.out, nullptr, false)["devices"].empty(), found.out);
}
