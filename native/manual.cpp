// Writes the manual page.
#include <utility>

#include "completion.h"
#include "render/escape.h"

namespace ggufit::cli {

namespace {

/// Text as roff prints it: no line is a request, "-" is the one of the keyboard.
std::string roff(const std::string & text) {
    std::string out;
    bool at_start = true;
    for (const char c : text) {
        if (at_start && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') out += "\\e";
        if (c == '-') out += "\\-";
        if (c != '\\' && c != '-') out += c;
        at_start = c == '\n';
    }
    return out;
}

void addOptions(const DescribedCommand & command, std::string & out) {
    for (const DescribedOption & option : command.options) {
        out += ".TP\n\\fB" + roff(option.long_name.empty() ? option.short_name : option.long_name) + "\\fR";
        if (!option.value.empty()) out += " \\fI" + roff(option.value) + "\\fR";
        out += "\n";
        for (const std::string & line : wrapText(option.description + ".", 76)) out += roff(line) + "\n";
    }
}

/// The end of a help text, line by line as it stands there.
void addFooter(const DescribedCommand & command, std::string & out) {
    const size_t first = command.footer.find_first_not_of('\n');
    if (first == std::string::npos) return;
    const size_t last = command.footer.find_last_not_of('\n');
    out += ".PP\n.nf\n" + roff(command.footer.substr(first, last - first + 1)) + "\n.fi\n";
}

void addCommand(const DescribedCommand & command, std::string & out) {
    std::string name;
    for (const std::string & word : command.words) name += " " + word;
    out +=
        ".SS \"ggufit" + roff(name) + "\"\n" + roff(command.description) + ".\n.PP\n.B " + roff(command.usage) + "\n";
    addOptions(command, out);
    addFooter(command, out);
    for (const DescribedCommand & action : command.actions) addCommand(action, out);
}

void addEnvironment(std::string & out) {
    const std::pair<const char *, const char *> variables[] = {
        {"HF_ENDPOINT", "Where hf: is, in place of https://huggingface.co."},
        {"HF_TOKEN", "For models that need permission. It goes to the host of HF_ENDPOINT alone."},
        {"MODELSCOPE_DOMAIN", "Where ms: is, in place of modelscope.cn."},
        {"HF_HUB_OFFLINE", "With 1 nothing is fetched, and headers come from the cache."},
        {"GGUFIT_CACHE_MIB", "What the cache of headers may hold, usually 512; 0 for no cache."},
        {"GGUFIT_HTTP_TIMEOUT", "Seconds without a byte after which a server is given up, usually 30."},
        {"XDG_CACHE_HOME", "The cache is in its folder ggufit, else in ~/.cache/ggufit."},
        {"https_proxy, http_proxy, no_proxy", "As libcurl reads them."},
        {"LLAMA_ARG_*", "llama-server's arguments."},
        {"NO_COLOR", "Without colour."}};
    out += ".SH ENVIRONMENT\n";
    for (const auto & [name, meaning] : variables) out += ".TP\n.B " + roff(name) + "\n" + roff(meaning) + "\n";
}

}  // namespace

std::string manualPage(const DescribedCommand & program) {
    std::string out = ".TH GGUFIT 1 \"" GGUFIT_DATE "\" \"ggufit " GGUFIT_VERSION "\" \"User Commands\"\n";
    out += ".SH NAME\nggufit \\- plan the memory, placement and configuration of GGUF models\n";
    out += ".SH SYNOPSIS\n.B " + roff(program.usage) + "\n";
    out += ".SH DESCRIPTION\n" + roff(program.description) + "\n";
    addOptions(program, out);
    addFooter(program, out);
    out += ".SH COMMANDS\n";
    for (const DescribedCommand & command : program.actions) addCommand(command, out);
    addEnvironment(out);
    out += ".SH \"EXIT STATUS\"\n";
    const char * const meanings[] = {
        "It fits, or there is nothing to find fault with.", "It does not fit, or there are findings.", "Wrong usage.",
        "Wrong input: not a GGUF, a damaged or unfinished file, a missing shard.", "Well formed, but not supported."};
    int code = 0;
    for (const char * meaning : meanings) out += ".TP\n.B " + std::to_string(code++) + "\n" + meaning + "\n";
    return out;
}

}  // namespace ggufit::cli
