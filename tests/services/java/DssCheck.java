import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.diagnostic.EvidenceRecordWrapper;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges signed documents and evidence records with EU DSS, offline.
 *
 * <p>Arguments: {@code --trust CERT.der ... --crl LIST.crl ... DOCUMENT [--covers DATA] ...}. Prints one line for each
 * signature, time stamp and evidence record: document, kind, format, indication, sub-indication, then its errors,
 * separated by tabs.
 */
public final class DssCheck {
    private final CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    private final List<DSSDocument> revocationLists = new ArrayList<>();
    private final Map<String, List<DSSDocument>> documents = new LinkedHashMap<>();

    public static void main(String[] words) {
        DssCheck check = new DssCheck();
        check.read(words);
        check.documents.forEach(check::judge);
    }

    private void read(String[] words) {
        String latest = null;
        for (int i = 0; i < words.length; i++) {
            switch (words[i]) {
                case "--trust" -> trusted.addCertificate(DSSUtils.loadCertificate(new File(words[++i])));
                case "--crl" -> revocationLists.add(new FileDocument(words[++i]));
                case "--covers" -> documents.get(latest).add(new FileDocument(words[++i]));
                default -> {
                    latest = words[i];
                    documents.put(latest, new ArrayList<>());
                }
            }
        }
    }

    private void judge(String document, List<DSSDocument> covered) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        if (!revocationLists.isEmpty()) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(revocationLists.toArray(new DSSDocument[0])));
        }
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(document));
        validator.setCertificateVerifier(verifier);
        if (!covered.isEmpty()) {
            validator.setDetachedContents(covered);
        }
        Reports reports = validator.validateDocument();
        SimpleReport simple = reports.getSimpleReport();
        for (String id : simple.getSignatureIdList()) {
            print(document, "signature", String.valueOf(simple.getSignatureFormat(id)), simple, id);
        }
        for (String id : simple.getTimestampIdList()) {
            print(document, "timestamp", String.valueOf(simple.getProductionTime(id)), simple, id);
        }
        for (String id : simple.getEvidenceRecordIdList()) {
            EvidenceRecordWrapper record = reports.getDiagnosticData().getEvidenceRecordById(id);
            print(document, "evidence-record", String.valueOf(record.getEvidenceRecordType()), simple, id);
        }
    }

    private static void print(String document, String kind, String form, SimpleReport simple, String id) {
        SubIndication sub = simple.getSubIndication(id);
        List<String> cells = new ArrayList<>(
                List.of(document, kind, form, String.valueOf(simple.getIndication(id)), sub == null ? "" : sub.name()));
        for (Message error : simple.getAdESValidationErrors(id)) {
            cells.add(error.getKey() + ": " + error.getValue().replaceAll("\\s+", " "));
        }
        System.out.println(String.join("\t", cells));
    }
}
