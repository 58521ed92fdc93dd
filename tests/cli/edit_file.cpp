// A file changed in place: whole at any moment, with its mode, and never over somebody else's edit.
#include "edit_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "cli/run.h"

using namespace ggufit::test;
using ggufit::cli::OpenedText;
using ggufit::cli::openText;
using ggufit::cli::replaceText;
namespace fs = std::filesystem;

namespace {

std::string contentOf(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A folder of its own with one file in it.
std::string aloneIn(const std::string & folder, const std::string & text) {
    fs::create_directories(scratch() + "/" + folder);
    return textFile(folder + "/models.conf", text);
}

size_t filesIn(const std::string & folder) {
    const fs::directory_iterator files(scratch() + "/" + folder);
    return static_cast<size_t>(std::distance(fs::begin(files), fs::end(files)));
}

OpenedText opened(const std::string & path) {
    auto read = openText(path);
    BOOST_REQUIRE(read.ok());
    return *read;
}

mode_t modeOf(const std::string & path) {
    struct stat state {};
    BOOST_REQUIRE(::stat(path.c_str(), &state) == 0);
    return state.st_mode & 07777;
}

/// A process that writes one text after the other until it is killed.
pid_t startWriter(const std::string & path, const std::string & a, const std::string & b) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    for (;;) {
        const auto read = openText(path);
        if (!read || replaceText(*read, read->text == a ? b : a)) ::_exit(1);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(edit_file)

// In memory, where there is such a folder: a disk's flush would take most of the time, and most of the kills.
BOOST_AUTO_TEST_CASE(a_kill_at_any_moment_leaves_one_of_the_two_texts) {
    const std::string a(40000, 'a'), b = std::string(70000, 'b') + "\n";
    const std::string memory = "/dev/shm/ggufit-killed-" + std::to_string(::getpid());
    std::error_code failed;
    if (fs::create_directory(memory, failed) && !failed) fs::create_directory_symlink(memory, scratch() + "/killed");
    const std::string path = aloneIn("killed", a);
    std::mt19937 random(7);
    size_t n_changed = 0;
    for (int i = 0; i < 300; ++i) {
        const std::string before = contentOf(path);
        const pid_t child = startWriter(path, a, b);
        BOOST_REQUIRE(child > 0);
        ::usleep(static_cast<useconds_t>(random() % 2000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_REQUIRE(WIFSIGNALED(status));
        const std::string after = contentOf(path);
        BOOST_REQUIRE((after == a || after == b));
        n_changed += after != before ? 1 : 0;
        BOOST_REQUIRE(filesIn("killed") <= 2U);  // at most one that was begun, which the next run uses
    }
    BOOST_TEST(n_changed > 10U);
    BOOST_TEST(!replaceText(opened(path), "the end").has_value());
    BOOST_TEST(contentOf(path) == "the end");
    BOOST_TEST(filesIn("killed") == 1U);
    fs::remove_all(memory, failed);
}

BOOST_AUTO_TEST_CASE(an_edit_made_meanwhile_is_not_lost) {
    const std::string path = aloneIn("meanwhile", "old");
    const OpenedText read = opened(path);
    (void)textFile("meanwhile/models.conf", "edited");
    const auto fault = replaceText(read, "new");
    BOOST_REQUIRE(fault.has_value());
    BOOST_TEST(fault->detail.find("was changed by something else meanwhile") == 0U);
    BOOST_TEST(contentOf(path) == "edited");
    BOOST_TEST(filesIn("meanwhile") == 1U);
    fs::remove(path);
    BOOST_TEST(replaceText(read, "new").has_value());
    BOOST_TEST(filesIn("meanwhile") == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_put_in_the_files_place_meanwhile_is_left_there_and_not_waited_for) {
    const std::string path = aloneIn("swapped", "[a]\nMODEL=a.gguf\n");
    const OpenedText before = opened(path);
    fs::rename(path, path + ".elsewhere");
    fs::create_symlink(path + ".elsewhere", path);  // the same bytes behind a link
    BOOST_TEST(replaceText(before, "new").has_value());
    BOOST_TEST(fs::is_symlink(path));
    BOOST_TEST(contentOf(path) == "[a]\nMODEL=a.gguf\n");

    fs::remove(path);
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const pid_t child = ::fork();  // a wait for a writer would end with the alarm
    if (child == 0) {
        ::alarm(20);
        ::_exit(replaceText(before, "new").has_value() ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    BOOST_TEST(fs::is_fifo(path));
    BOOST_TEST(filesIn("swapped") == 2U);
}

BOOST_AUTO_TEST_CASE(mode_and_links_are_kept) {
    const std::string path = aloneIn("kept", "old");
    ::chmod(path.c_str(), 0640);
    fs::create_directories(scratch() + "/links");
    const std::string link = scratch() + "/links/link.conf";
    fs::create_symlink("../kept/models.conf", link);
    BOOST_REQUIRE(!replaceText(opened(link), "new").has_value());
    BOOST_TEST(contentOf(path) == "new");
    BOOST_TEST(modeOf(path) == 0640U);
    BOOST_TEST(fs::is_symlink(link));
    BOOST_TEST(filesIn("kept") == 1U);
    BOOST_TEST(filesIn("links") == 1U);
}

BOOST_AUTO_TEST_CASE(a_new_file_is_made_and_one_that_appeared_meanwhile_is_not_overwritten) {
    const std::string path = aloneIn("fresh", "");
    fs::remove(path);
    const OpenedText none = opened(path);
    BOOST_TEST(!none.text.has_value());
    BOOST_REQUIRE(!replaceText(none, "made").has_value());
    BOOST_TEST(contentOf(path) == "made");
    BOOST_TEST(replaceText(none, "again").has_value());
    BOOST_TEST(contentOf(path) == "made");
    BOOST_TEST(filesIn("fresh") == 1U);
}

BOOST_AUTO_TEST_CASE(two_runs_at_once_do_not_meet) {
    const std::string path = aloneIn("locked", "old");
    const OpenedText read = opened(path);
    const int other = ::open((scratch() + "/locked").c_str(), O_RDONLY | O_DIRECTORY);
    BOOST_REQUIRE(::flock(other, LOCK_EX) == 0);
    const auto fault = replaceText(read, "new");
    BOOST_REQUIRE(fault.has_value());
    BOOST_TEST(fault->detail.find("another ggufit") == 0U);
    ::close(other);
    BOOST_TEST(!replaceText(read, "new").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_refused) {
    const std::string path = aloneIn("odd", "old");
    BOOST_TEST(!openText(scratch() + "/odd").ok());
    BOOST_TEST(!openText("/dev/null").ok());
    BOOST_TEST(!openText(scratch() + "/odd/none/models.conf").ok());
    fs::create_symlink("nowhere", scratch() + "/odd/dangling");
    BOOST_TEST(!openText(scratch() + "/odd/dangling").ok());
    ::mkfifo((scratch() + "/odd/pipe").c_str(), 0600);
    BOOST_TEST(!openText(scratch() + "/odd/pipe").ok());
    fs::resize_file(path, (size_t{16} << 20) + 1);
    BOOST_TEST(!openText(path).ok());
    fs::remove_all(scratch() + "/odd");
}

BOOST_AUTO_TEST_SUITE_END()
