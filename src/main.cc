#include "server/cli.h"
#include "server/commands.h"

int main(int argc, char** argv)
{
    return parley::run(parley::parse_arguments(argc, argv));
}
