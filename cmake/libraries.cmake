# Outside libraries, each behind one door (one room links it).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SPEEXDSP REQUIRED IMPORTED_TARGET speexdsp)
pkg_check_modules(WEBRTC_AUDIO IMPORTED_TARGET webrtc-audio-processing)
pkg_check_modules(POCKETSPHINX REQUIRED IMPORTED_TARGET pocketsphinx)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
pkg_check_modules(SPANDSP REQUIRED IMPORTED_TARGET spandsp)
pkg_check_modules(SRTP REQUIRED IMPORTED_TARGET libsrtp2)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

function(parley_door name)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

parley_door(parley_json_door Boost::json)
parley_door(parley_yaml_door PkgConfig::YAML)
parley_door(parley_pattern_door PkgConfig::PCRE2)
parley_door(parley_log_door spdlog::spdlog)
parley_door(parley_crypto_door OpenSSL::Crypto)
parley_door(parley_dsp_door PkgConfig::SPEEXDSP PkgConfig::SNDFILE PkgConfig::OPUS PkgConfig::SPANDSP)
parley_door(parley_srtp_door PkgConfig::SRTP)
parley_door(parley_metrics_door PkgConfig::PROMETHEUS)
if(WEBRTC_AUDIO_FOUND)
    target_link_libraries(parley_dsp_door INTERFACE PkgConfig::WEBRTC_AUDIO)
    target_compile_definitions(parley_dsp_door INTERFACE PARLEY_WEBRTC_VAD)
endif()
parley_door(parley_sqlite_door PkgConfig::SQLITE Threads::Threads)
parley_door(parley_cli_door CLI11::CLI11)

# Voices: flite has no pkg-config file.
parley_door(parley_speech_door PkgConfig::POCKETSPHINX flite_cmu_us_slt flite_cmu_us_rms flite_cmu_us_awb flite_cmu_us_kal16
    flite_cmu_us_kal flite_usenglish flite_cmulex flite asound m Threads::Threads)

# Asio and Beast are compiled once (`src/net/boost_impl.cc`); the definitions must be the same everywhere they are included.
parley_door(parley_net_door OpenSSL::SSL OpenSSL::Crypto CURL::libcurl PkgConfig::CARES Threads::Threads)
target_compile_definitions(parley_net_door INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
