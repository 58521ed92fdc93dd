// Models by URL, from a server that does everything wrong.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "cli/run.h"
#include "fetch/servers.h"
#include "support/text.h"

using namespace ggufit::test;

namespace {

/// Runs ggufit as a user does.
Run ask(const std::vector<std::string> & words, const std::vector<std::string> & environment = {}) {
    return ggufit::test::ggufit(words, environment);
}

const std::string & model() { return largeModel().file_name; }

Run inspect(const std::string & fault, const std::vector<std::string> & environment = {}) {
    return ask({"inspect", faultyUrl() + "/" + fault + "/" + model()}, environment);
}

const std::string & rightAnswer() {
    static const Run right = inspect("right");
    static const std::string text = right.out;
    BOOST_TEST_REQUIRE(right.exit_code == 0, right.err);
    BOOST_TEST_REQUIRE(holds(text, largeModel().name));
    return text;
}

void fails(const std::string & fault, const std::string & sentence) {
    const Run run = inspect(fault);
    BOOST_TEST(run.exit_code == 3, fault);
    BOOST_TEST(run.out == "");
    BOOST_TEST(holds(run.err, sentence), fault << ": " << run.err);
    BOOST_TEST(run.err.find('\n') == run.err.size() - 1, run.err);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_without_ranges_is_cut_off_behind_the_header) {
    (void)rightAnswer();
    for (const char * fault : {"ignored", "endless"}) {
        (void)askedOfFaulty();
        const Run run = inspect(fault);
        BOOST_TEST(run.exit_code == 0, run.err);
        BOOST_TEST(holds(run.out, largeModel().name));
        const auto asked = askedOfFaulty();
        BOOST_TEST_REQUIRE(asked.size() == 1U);
        // What the kernel had taken from the server and nobody read is among them.
        BOOST_TEST(asked[0].body_bytes < 24U * 1024 * 1024, fault << ": " << asked[0].body_bytes);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_were_not_asked_for_are_not_believed) {
    fails("elsewhere", "other bytes than were asked for ('bytes 1000-263143/60000000000')");
    fails("unsaid", "without a range");
    fails("gzip", "comes encoded as 'gzip'");
    fails("html", "this is a web page");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_a_sentence) {
    fails("401", "is not given without permission (status 401)");
    fails("403", "is not given without permission (status 403)");
    fails("404", "is not there (status 404)");
    fails("418", "makes no sense here (status 418)");
    fails("circle", "from one address to the next without end");
    fails("file", "no http or https URL");
    fails("tomorrow", "try again in 86400 seconds");
}

BOOST_AUTO_TEST_CASE(a_slow_server_is_waited_for) {
    const Run run = inspect("slow", {"GGUFIT_HTTP_TIMEOUT=5"});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(run.out == rightAnswer());
}

BOOST_AUTO_TEST_CASE(a_server_that_stalls_is_given_up) {
    const Run run = inspect("stalled", {"GGUFIT_HTTP_TIMEOUT=1"});
    BOOST_TEST(run.exit_code == 3);
    BOOST_TEST(holds(run.err, "sent next to nothing for 1 second: try again"), run.err);
}

BOOST_AUTO_TEST_CASE(a_cut_connection_goes_on_where_it_was_cut) {
    (void)askedOfFaulty();
    const Run run = inspect("cut");
    BOOST_TEST(run.out == rightAnswer(), run.err);
    const auto asked = askedOfFaulty();
    BOOST_TEST_REQUIRE(asked.size() >= 3U);
    BOOST_TEST(asked[0].range.starts_with("0-"));
    BOOST_TEST(!asked[1].range.starts_with("0-"), asked[1].range);
    BOOST_TEST(!asked[2].range.starts_with("0-"), asked[2].range);
}

BOOST_AUTO_TEST_CASE(a_busy_server_is_asked_again_and_told_how_often) {
    (void)askedOfFaulty();
    BOOST_TEST(inspect("busy").out == rightAnswer());
    const auto asked = askedOfFaulty();
    BOOST_TEST_REQUIRE(asked.size() >= 3U);
    BOOST_TEST(asked[0].status == 503);
    BOOST_TEST(asked[1].status == 429);
    BOOST_TEST(asked[2].status == 206);
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_up_is_asked_four_times) {
    (void)model();
    (void)faultyUrl();
    (void)askedOfFaulty();
    fails("dead", "was cut off, 4 times");
    BOOST_TEST(askedOfFaulty().size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_is_begun_again_once) {
    BOOST_TEST(inspect("changed").out == rightAnswer());
    fails("changing", "changes while it is read");
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_at_once_and_leaves_nothing) {
    (void)model();
    std::filesystem::remove(scratch() + "/.stalled");
    // A shell has its background jobs ignore SIGINT, so the program takes the place of the shell itself.
    const Run run = shell("export XDG_CACHE_HOME=" + scratch() + "/stopped; (until [ -e " + scratch() +
                          "/.stalled ]; do sleep 0.05; done; kill -INT $$) & exec \"$GGUFIT\" inspect " + faultyUrl() +
                          "/stalled/" + model());
    BOOST_TEST(run.exit_code == 130, run.err);
    BOOST_TEST(!std::filesystem::exists(scratch() + "/stopped"));
}
