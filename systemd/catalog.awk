# SPDX-License-Identifier: MIT
# What minerd.catalog says about its events, as want=ids (systemd/ids.h), want=events or want=fields
# (tables of minerd(8), for scdoc(5)).

BEGIN {
	if (want == "ids")
		print "/* SPDX-License-Identifier: MIT */\n" \
			"/* Made from minerd.catalog: MESSAGE_ID of each event. */\n" \
			"#pragma once"
	if (want == "fields")
		print "][ *Field*\n:[ *Meaning*"
	if (want == "events")
		print "][ *Event*\n:[ *MESSAGE_ID*"
}

want == "fields" && /^# MINERD_[A-Z_]+ - / {
	meaning = $0
	sub(/^# [A-Z_]+ - /, "", meaning)
	print "|  _" $2 "_\n:  " meaning
}

/^# ID_/ {
	name = $2
	sub(/:$/, "", name)
	fields = $0
	sub(/^[^:]*: */, "", fields)
	remark = match($0, /\(.*\)/) ? " " substr($0, RSTART, RLENGTH) : ""
}

/^-- / {
	id = $2
}

/^Subject: / {
	subject = $0
	sub(/^Subject: /, "", subject)
	if (want == "ids")
		printf "\n/* %s%s%s */\n#define %s \"%s\"\n", subject, fields ? ": " : "", fields, name, id
	gsub(/@MINERD_POOL@/, "_NAME_", subject)
	if (want == "events")
		print "|  " subject remark "\n:  " id
}
