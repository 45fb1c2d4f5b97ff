# The methods of an interface of Varlink, as the manual shows them.
/^method /!d
s/^method \([A-Za-z]*\)(\(.*\)) -> .*/*\1*(\2)/
s/: [^,)]*//g
