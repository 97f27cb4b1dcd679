// Asks EU DSS about signed PDF files and ASiC-E containers: one line a signature, its format and indication with what DSS has against it.
// Arguments: validation time (ISO), folder of trusted certificates (*.cer), folder of CRLs (*.crl), then files.

import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;

public final class DssCheck {
    public static void main(String[] arguments) throws IOException {
        Date at = Date.from(Instant.parse(arguments[0]));
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        for (Path path : files(arguments[1], ".cer")) {
            trusted.addCertificate(DSSUtils.loadCertificate(path.toFile()));
        }
        List<Path> crls = files(arguments[2], ".crl");
        for (int index = 3; index < arguments.length; index++) {
            check(arguments[index], at, trusted, crls);
        }
    }

    private static void check(String path, Date at, CommonTrustedCertificateSource trusted, List<Path> crls)
        throws IOException {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        InputStream[] opened = new InputStream[crls.size()];
        for (int index = 0; index < opened.length; index++) {
            opened[index] = Files.newInputStream(crls.get(index));
        }
        verifier.setCrlSource(new ExternalResourcesCRLSource(opened));
        verifier.setAIASource(null);
        DSSDocument document = new FileDocument(new File(path));
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(document);
        validator.setCertificateVerifier(verifier);
        validator.setValidationTime(at);
        SimpleReport report = validator.validateDocument().getSimpleReport();
        for (String id : report.getSignatureIdList()) {
            System.out.printf(
                "%s\t%s\t%s\t%s\t%s%n", path, report.getSignatureFormat(id), report.getIndication(id),
                report.getSubIndication(id), report.getAdESValidationErrors(id).stream().map(one -> one.getValue()).toList());
        }
    }

    private static List<Path> files(String folder, String ending) throws IOException {
        try (Stream<Path> all = Files.list(Path.of(folder))) {
            return all.filter(path -> path.toString().endsWith(ending)).sorted().toList();
        }
    }
}
