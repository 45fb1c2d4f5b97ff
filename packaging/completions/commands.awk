# SPDX-License-Identifier: MIT
# What the completions take from ctl/commands.inc: want=verbs, want=options and want=arguments (which
# argument each command has), for shell=bash or shell=zsh.

# text between single quotes
function quoted(text) {
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}

function add(item) {
	printf "%s%s", n++ ? separator : "", item
}

BEGIN {
	FS = "\""
	separator = shell == "zsh" && want != "arguments" ? "\n" : " "
}

/^VERB\(/ && $6 != "" {
	if (want == "verbs")
		add(shell == "zsh" ? "\t\t" quoted($2 ":" $6) : $2)
	if (want == "arguments" && $4 != "")
		add("[" $2 "]=" $4)
}

# The letter of a short option stands between single quotes.
/^OPTION\(/ && want == "options" {
	letter = match($1, /'.'/) ? "-" substr($1, RSTART + 1, 1) : ""
	name = "--" $2
	action["SOCKET"] = ":socket:_files"
	action["[USER@]HOST"] = ":host:_hosts"
	if (shell == "bash")
		add(name)
	else if ($4 != "")
		add("\t'(" letter " " name ")'{" letter "+," name "=}" quoted("[" $6 "]" action[$4]) " \\")
	else if ($6 ~ /exit$/)
		add("\t'(- *)'" (letter ? "{" letter "," name "}" : name) quoted("[" $6 "]") " \\")
	else
		add("\t" quoted(name "[" $6 "]") " \\")
}
