# Takes the object's bytes out of a skeleton that bpftool has made, and lets it open the object
# where the library has it (lib/packed.h).
/^\treturn \(const void \*\)"\\$/ { print "\treturn NULL;"; skipping = 1; next }
skipping { if (/";$/) skipping = 0; next }
{ sub(/bpf_object__open_skeleton\(/, "packed_open_skeleton("); print }
