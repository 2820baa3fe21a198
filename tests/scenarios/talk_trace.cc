#include "simulation.h"

#include <iostream>

int main(int count, char** arguments)
{
    for (int i = 1; i < count; ++i) {
        const auto talk = parley::talk::load_talk(arguments[i]);
        if (!talk) {
            std::cerr << talk.error().what << '\n';
            return 1;
        }
        parley::talk::Simulation simulation(*talk);
        simulation.run();
        std::cout << "# " << talk->name << '\n';
        for (const auto& line : simulation.trace())
            std::cout << line << '\n';
        for (const auto& line : simulation.violations())
            std::cout << "!! " << line << '\n';
    }
}
