# What `./dev package` puts into a Debian package.
include(GNUInstallDirs)
install(TARGETS parley RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/parley.service DESTINATION lib/systemd/system)
install(FILES README.md CHANGELOG.md NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES examples/parley.yaml examples/offline-rules.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(DIRECTORY DESTINATION /etc/parley)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME parley)
set(CPACK_PACKAGE_CONTACT "The Parley developers <parley@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Telephone calls answered by an AI agent")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A SIP server whose calls are answered by an AI agent: speech recognition, a language model and
speech synthesis, steered by programs that speak RELAY, with every message logged and served as JSON.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Not seen by the linker: the acoustic model, the time zones, the user's account, the roots of trust.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "pocketsphinx-en-us, tzdata, adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/debian/postinst ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
    ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
include(CPack)
