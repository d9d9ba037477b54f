import java.io.OutputStreamWriter;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A CSR as Bouncy Castle makes it, with its empty attributes left out. */
public class BouncyCastle {
  public static void main(String[] arguments) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    X500Name subject = new X500Name("O=system:nodes,CN=system:node:generated");
    var builder = new JcaPKCS10CertificationRequestBuilder(subject, pair.getPublic()).setLeaveOffEmptyAttributes(true);
    try (var writer = new JcaPEMWriter(new OutputStreamWriter(System.out))) {
      writer.writeObject(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    }
  }
}
