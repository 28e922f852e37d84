import io.sentry.Attachment;
import io.sentry.Breadcrumb;
import io.sentry.CheckIn;
import io.sentry.CheckInStatus;
import io.sentry.Sentry;
import io.sentry.SentryLevel;
import io.sentry.protocol.Feedback;
import io.sentry.protocol.SentryId;
import io.sentry.protocol.User;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The story that every SDK's program tells, in Java. Prints the ids of its events as JSON. */
public final class Orders {
  static final class VoucherException extends RuntimeException {
    VoucherException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static void applyVoucher(String code) {
    try {
      throw new IllegalStateException("the voucher has no value");
    } catch (IllegalStateException cause) {
      throw new VoucherException("voucher " + code + " cannot be applied", cause);
    }
  }

  public static void main(String[] args) {
    // DSN, release and environment come from the environment.
    Sentry.init(
        options -> {
          options.setEnableExternalConfiguration(true);
          options.setServerName("orders-1");
          options.addInAppInclude("");
        });
    Sentry.startSession();
    Sentry.configureScope(
        scope -> {
          User user = new User();
          user.setId("u-7");
          user.setEmail("ada@example.com");
          user.setUsername("ada");
          scope.setUser(user);
          scope.setTag("region", "eu-north");
          scope.setContexts("order", Map.of("number", 4711, "express", true));
          scope.addAttachment(
              new Attachment("one line\nanother".getBytes(StandardCharsets.UTF_8), "order.txt", "text/plain"));
        });
    Breadcrumb crumb = new Breadcrumb("shipping quote is late");
    crumb.setCategory("cart");
    crumb.setLevel(SentryLevel.WARNING);
    crumb.setData("ms", 310);
    Sentry.addBreadcrumb(crumb);
    SentryId thrown = SentryId.EMPTY_ID;
    try {
      applyVoucher("HARBOR10");
    } catch (VoucherException error) {
      thrown = Sentry.captureException(error);
    }
    SentryId message = Sentry.captureMessage("stock is low", SentryLevel.WARNING);
    CheckIn checkIn = new CheckIn("nightly", CheckInStatus.OK);
    checkIn.setDuration(12.0);
    Sentry.captureCheckIn(checkIn);
    Feedback feedback = new Feedback("It broke.");
    feedback.setName("Ada");
    feedback.setContactEmail("ada@example.com");
    feedback.setAssociatedEventId(thrown);
    Sentry.captureFeedback(feedback);
    Sentry.endSession();
    Sentry.flush(20_000);
    Sentry.close();
    System.out.println("{\"thrown\":\"" + thrown + "\",\"message\":\"" + message + "\"}");
  }
}
