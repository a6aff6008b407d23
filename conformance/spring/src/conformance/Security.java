package conformance;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.event.AbstractAuthenticationFailureEvent;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.authentication.logout.SimpleUrlLogoutSuccessHandler;
import org.springframework.security.web.csrf.CsrfTokenRepository;
import org.springframework.security.web.csrf.HttpSessionCsrfTokenRepository;

/**
 * HAC's login as clients describe it. What is not said here is Spring Security's default, and so differs between 5.8 and 6:
 * masked tokens, ?continue after a login that a page caused, what a forward passes through.
 */
@Configuration
@EnableWebSecurity
public class Security {

    /** Where the token lies in the session. */
    static final String TOKEN = "conformance.csrf";

    @Bean
    public SecurityFilterChain chain(HttpSecurity http, CsrfTokenRepository tokens) throws Exception {
        http.authorizeHttpRequests(requests -> requests
                .requestMatchers("/login").permitAll()
                .requestMatchers("/console/**", "/platform/**").hasRole("ADMINGROUP")
                .anyRequest().authenticated());
        http.formLogin(form -> form
                .loginPage("/login")
                .loginProcessingUrl("/j_spring_security_check")
                .usernameParameter("j_username")
                .passwordParameter("j_password")
                .failureUrl("/login?login_error=1"));
        http.httpBasic(Customizer.withDefaults());
        // Said, because HTTP Basic would make 204 of it.
        SimpleUrlLogoutSuccessHandler loggedOut = new SimpleUrlLogoutSuccessHandler();
        loggedOut.setDefaultTargetUrl("/login?logout");
        http.logout(logout -> logout.logoutUrl("/j_spring_security_logout").logoutSuccessHandler(loggedOut));
        http.csrf(csrf -> csrf.csrfTokenRepository(tokens));
        // A refusal is forwarded, with its method, to a page that knows GET only: 405, Allow: GET.
        http.exceptionHandling(refusals -> refusals.accessDeniedPage("/login")
                .authenticationEntryPoint(new LoginUrlAuthenticationEntryPoint("/login")));
        return http.build();
    }

    @Bean
    public CsrfTokenRepository tokens() {
        HttpSessionCsrfTokenRepository repository = new HttpSessionCsrfTokenRepository();
        repository.setSessionAttributeName(TOKEN);
        return repository;
    }

    @Bean
    public UserDetailsService users() {
        return new InMemoryUserDetailsManager(
                User.withUsername("admin").password("{noop}nimda").roles("ADMINGROUP").build(),
                User.withUsername("zo\u00eb").password("{noop}p\u00e4\u20ac&=+% \"'<\u00df").roles("ADMINGROUP").build(),
                User.withUsername("viewer").password("{noop}viewer").roles("EMPLOYEEGROUP").build());
    }

    @EventListener
    public void loggedIn(InteractiveAuthenticationSuccessEvent event) {
        Ledger.INSTANCE.login();
    }

    @EventListener
    public void refused(AbstractAuthenticationFailureEvent event) {
        Ledger.INSTANCE.refusal();
    }
}
