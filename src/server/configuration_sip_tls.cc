#include "server/configuration_sip_tls.h"

#include "server/configuration_values.h"

namespace parley {

void read_sip_tls(YamlSection& sip, std::optional<SipTlsConfiguration>& into)
{
    const bool wanted = sip.has("tls");
    YamlSection in = sip.section("tls");
    if (!wanted)
        return;
    SipTlsConfiguration read;
    read_listen(in, read.listen);
    in.text("certificate", read.certificate);
    in.text("key", read.key);
    in.required("certificate", read.certificate);
    in.required("key", read.key);
    in.text("ca", read.ca);
    in.boolean("verify", read.verify);
    in.finish();
    into = std::move(read);
}

} // namespace parley
