"""What a shell needs to complete a command line of ours: its commands and their options, and folders behind --data.

The commands are typed as `pingyi …`, or as `./run pingyi …` from the top of a checkout; both are completed.
"""

from collections.abc import Iterator

from flows.host.arguments import Parser

_BASH = """_pingyi() {{
    local at=1 word=${{COMP_WORDS[COMP_CWORD]}}
    if [[ ${{COMP_WORDS[0]##*/}} == run ]]; then
        if ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W "pingyi" -- "$word")); return; fi
        [[ ${{COMP_WORDS[1]}} == pingyi ]] || return
        at=2
    fi
    [[ ${{COMP_WORDS[COMP_CWORD-1]}} == --data ]] && return
    if ((COMP_CWORD == at)); then COMPREPLY=($(compgen -W "{commands}" -- "$word")); return; fi
    case ${{COMP_WORDS[at]}} in
{cases}
    esac
}}
complete -o default -F _pingyi pingyi run"""

_ZSH = """_pingyi() {{
    local at=2
    if [[ ${{words[1]:t}} == run ]]; then
        if ((CURRENT == 2)); then compadd pingyi; return; fi
        if [[ $words[2] != pingyi ]]; then _default; return; fi
        at=3
    fi
    if [[ $words[CURRENT-1] == --data ]]; then _files -/; return; fi
    if ((CURRENT == at)); then
        local -a commands=({commands})
        _describe 命令 commands
        return
    fi
    case $words[at] in
{cases}
    esac
}}
compdef _pingyi pingyi run"""


def script(shell: str, parser: Parser) -> str:
    """The text that a shell (bash, zsh or fish) reads to complete the parser's commands."""
    return "\n".join({"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](parser))


def _bash(parser: Parser) -> Iterator[str]:
    cases = (
        f'        {name}) COMPREPLY=($(compgen -W "{" ".join(command.options)}" -- "$word")) ;;'
        for name, command in parser.commands.items()
    )
    yield '# 写进 ~/.bashrc（换成本系统的文件夹）：eval "$(/srv/pingyi/checkout/run pingyi completion bash)"'
    yield _BASH.format(commands=" ".join(parser.commands), cases="\n".join(cases))


def _zsh(parser: Parser) -> Iterator[str]:
    cases = (f"        {name}) compadd -- {' '.join(command.options)} ;;" for name, command in parser.commands.items())
    commands = " ".join(_quoted(f"{name}:{command.description}") for name, command in parser.commands.items())
    yield '# 写进 ~/.zshrc，在 compinit 之后（换成本系统的文件夹）：eval "$(/srv/pingyi/checkout/run pingyi completion zsh)"'
    yield _ZSH.format(commands=commands, cases="\n".join(cases))


def _fish(parser: Parser) -> Iterator[str]:
    yield "# 写进 ~/.config/fish/config.fish（换成本系统的文件夹）：/srv/pingyi/checkout/run pingyi completion fish | source"
    names = " ".join(parser.commands)
    yield "complete -c run -f -n 'not __fish_seen_subcommand_from pingyi' -a pingyi"
    for typed, ours in (("pingyi", ""), ("run", "__fish_seen_subcommand_from pingyi; and ")):
        for name, command in parser.commands.items():
            described = f"-a {name} -d {_quoted(command.description or '')}"
            yield f"complete -c {typed} -f -n '{ours}not __fish_seen_subcommand_from {names}' {described}"
            for option in command.options:
                files = "-r -F" if option == "--data" else "-f"
                yield f"complete -c {typed} {files} -n '{ours}__fish_seen_subcommand_from {name}' -l {option.removeprefix('--')}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
