package conformance;

import javax.sql.DataSource;

import org.h2.jdbcx.JdbcConnectionPool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** The pages and the database behind them. */
@Configuration
@EnableWebMvc
@ComponentScan
public class Application {

    @Bean(destroyMethod = "dispose")
    public JdbcConnectionPool database() {
        JdbcConnectionPool pool = JdbcConnectionPool.create(Database.url(), "sa", "");
        pool.setMaxConnections(64);
        return pool;
    }

    @Bean
    public PlatformTransactionManager transactions(DataSource database) {
        return new DataSourceTransactionManager(database);
    }
}
